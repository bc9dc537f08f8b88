import { and, desc, eq, gt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Role } from "#identity";
import type { Database } from "../control-outbox.ts";
import { accountUser, invitation, member, organization } from "../schema/index.ts";

export interface NewInvitation {
  readonly id: string;
  readonly orgId: string;
  readonly email: string;
  readonly role: Exclude<Role, "owner">;
  readonly tokenHash: string;
  readonly invitedBy: string;
  readonly expiresAt: Date;
}

/** Invites an address. A pending invitation of the same address that ran out makes room. False: one is pending, or it is a member's. */
export async function createInvitation(db: Database, made: NewInvitation): Promise<boolean> {
  const [known] = await db
    .select({ id: member.id })
    .from(member)
    .innerJoin(accountUser, eq(accountUser.id, member.userId))
    .where(and(eq(member.orgId, made.orgId), eq(accountUser.email, made.email), sql`${member.leftAt} is null`));
  if (known) return false;
  await db
    .update(invitation)
    .set({ status: "revoked", answeredAt: sql`now()` })
    .where(
      and(
        eq(invitation.orgId, made.orgId),
        eq(invitation.email, made.email),
        eq(invitation.status, "pending"),
        sql`${invitation.expiresAt} < now()`,
      ),
    );
  const rows = await db.insert(invitation).values(made).onConflictDoNothing().returning({ id: invitation.id });
  return rows.length > 0;
}

export interface ListedInvitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly createdAt: Date;
}

const INVITATIONS_MAX = 200;

/** The invitations that can still be accepted, newest first. */
export function listInvitations(db: Database, orgId: string, now: Date): Promise<ListedInvitation[]> {
  return db
    .select({
      id: invitation.id,
      email: invitation.email,
      role: invitation.role,
      expiresAt: invitation.expiresAt,
      createdAt: invitation.createdAt,
    })
    .from(invitation)
    .where(and(eq(invitation.orgId, orgId), eq(invitation.status, "pending"), gt(invitation.expiresAt, now)))
    .orderBy(desc(invitation.createdAt))
    .limit(INVITATIONS_MAX);
}

export async function revokeInvitation(db: Database, orgId: string, id: string): Promise<boolean> {
  const revoked = await db
    .update(invitation)
    .set({ status: "revoked", answeredAt: sql`now()` })
    .where(and(eq(invitation.orgId, orgId), eq(invitation.id, id), eq(invitation.status, "pending")))
    .returning({ id: invitation.id });
  return revoked.length > 0;
}

export interface Acceptance {
  readonly tokenHash: string;
  readonly userId: string;
  /** Of the account that accepts: the invitation is for its address alone (S15). */
  readonly email: string;
  readonly memberId: string;
  readonly now: Date;
}

const accepted = z.object({ rows: z.array(z.object({ org_id: z.string() })) });

/** Accepts an invitation: used up and made a membership in one statement. Null: wrong, used, too old, or somebody else's. */
export async function acceptInvitation(db: Database, acceptance: Acceptance): Promise<string | null> {
  const { tokenHash, userId, email, memberId, now } = acceptance;
  const result = await db.execute(sql`
    with used as (
      update invitation set status = 'accepted', answered_at = now()
      where token_hash = ${tokenHash} and status = 'pending' and expires_at > ${now.toISOString()}::timestamptz
        and email = ${email} and not exists (
          select from member m where m.org_id = invitation.org_id and m.user_id = ${userId} and m.left_at is null)
        -- Who invited may still invite to that role: an admin who is one no more brings nobody in.
        and exists (select from member i where i.id = invitation.invited_by and i.left_at is null
          and (i.role = 'owner' or (i.role = 'admin' and invitation.role <> 'admin')))
      returning org_id, role)
    insert into member (id, org_id, user_id, role) select ${memberId}, org_id, ${userId}, role from used
    returning org_id`);
  return accepted.parse(result).rows[0]?.org_id ?? null;
}

/** The name of an organization, for a mail. */
export async function organizationName(db: Database, id: string): Promise<string> {
  const [row] = await db.select({ name: organization.name }).from(organization).where(eq(organization.id, id));
  return row?.name ?? "";
}

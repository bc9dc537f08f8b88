import { and, asc, eq, gt, inArray, isNull, ne, sql } from "drizzle-orm";
import type { Role } from "#identity";
import type { Database } from "../control-outbox.ts";
import { accountUser, member } from "../schema/index.ts";

export interface ListedMember {
  readonly id: string;
  readonly role: Role;
  readonly name: string | null;
  readonly email: string | null;
  readonly joinedAt: Date;
}

/** One page of the members of an organization, by id. */
export function listMembers(db: Database, orgId: string, after: string, limit: number): Promise<ListedMember[]> {
  return db
    .select({
      id: member.id,
      role: member.role,
      name: accountUser.name,
      email: accountUser.email,
      joinedAt: member.createdAt,
    })
    .from(member)
    .leftJoin(accountUser, eq(accountUser.id, member.userId))
    .where(and(eq(member.orgId, orgId), isNull(member.leftAt), gt(member.id, after)))
    .orderBy(asc(member.id))
    .limit(limit);
}

/** Gives a member another role, from and to those that the caller may give. False where there is none such. */
export async function changeRole(
  db: Database,
  orgId: string,
  id: string,
  role: Role,
  grantable: readonly Role[],
): Promise<boolean> {
  if (!grantable.includes(role)) return false;
  const changed = await db
    .update(member)
    .set({ role })
    .where(and(eq(member.orgId, orgId), eq(member.id, id), isNull(member.leftAt), inArray(member.role, [...grantable])))
    .returning({ id: member.id });
  return changed.length > 0;
}

/** Ends a membership of one of these roles; its keys stop with it, by trigger (S5). False where there is none such. */
export async function endMembership(
  db: Database,
  orgId: string,
  id: string,
  roles: readonly Role[],
): Promise<{ readonly userId: string | null } | null> {
  const [ended] = await db
    .update(member)
    .set({ leftAt: sql`now()` })
    .where(and(eq(member.orgId, orgId), eq(member.id, id), isNull(member.leftAt), inArray(member.role, [...roles])))
    .returning({ userId: member.userId });
  return ended ?? null;
}

/** Hands an organization over: the owner becomes an admin, another member the owner, in one statement. */
export async function transferOwnership(db: Database, orgId: string, fromId: string, toId: string): Promise<boolean> {
  const [target] = await db
    .select({ id: member.id })
    .from(member)
    .where(and(eq(member.orgId, orgId), eq(member.id, toId), isNull(member.leftAt), ne(member.role, "owner")));
  if (!target) return false;
  await db.execute(sql`select transfer_ownership(${orgId}, ${fromId}, ${toId})`);
  return true;
}

import { and, eq, isNull } from "drizzle-orm";
import type { Role } from "#identity";
import type { Database } from "../control-outbox.ts";
import { member, organization } from "../schema/index.ts";

export interface Membership {
  readonly memberId: string;
  readonly orgId: string;
  readonly role: Role;
  /** The organization wants every member to have a second factor. */
  readonly requireFactor: boolean;
}

/** What somebody is in an organization now; null where they are no member, and where there is no such organization. */
export async function findMembership(db: Database, orgId: string, userId: string): Promise<Membership | null> {
  const [row] = await db
    .select({
      memberId: member.id,
      orgId: member.orgId,
      role: member.role,
      requireFactor: organization.requireFactor,
    })
    .from(member)
    .innerJoin(organization, eq(organization.id, member.orgId))
    .where(and(eq(member.orgId, orgId), eq(member.userId, userId), isNull(member.leftAt)))
    .limit(1);
  return row ?? null;
}

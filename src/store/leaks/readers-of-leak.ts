import { and, eq, inArray, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { accountUser, member, organization } from "../schema/index.ts";

export interface LeakReader {
  readonly name: string;
  readonly email: string;
  readonly locale: string;
  readonly organization: string;
}

/** Owners and admins of one organization who are told; whose key it is first, then the longest there. */
const READERS_MAX = 20;

/** Who is told that a key was made public: whose it is, and who looks after the organization. */
export function readersOfLeak(db: Database, orgId: string, memberId: string | null): Promise<LeakReader[]> {
  const inCharge = inArray(member.role, ["owner", "admin"]);
  return db
    .select({
      name: accountUser.name,
      email: accountUser.email,
      locale: accountUser.locale,
      organization: organization.name,
    })
    .from(member)
    .innerJoin(accountUser, eq(accountUser.id, member.userId))
    .innerJoin(organization, eq(organization.id, member.orgId))
    .where(
      and(
        eq(member.orgId, orgId),
        isNull(member.leftAt),
        accountUser.emailVerified,
        eq(accountUser.status, "active"),
        memberId === null ? inCharge : or(inCharge, eq(member.id, memberId)),
      ),
    )
    .orderBy(sql`${member.id} is distinct from ${memberId}`, member.id)
    .limit(READERS_MAX);
}

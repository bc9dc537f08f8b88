import { and, asc, eq, isNull } from "drizzle-orm";
import type { Role } from "#identity";
import type { Database } from "../control-outbox.ts";
import { member, organization } from "../schema/index.ts";

const ORGANIZATIONS_MAX = 200;

export interface OwnOrganization {
  readonly id: string;
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly role: Role;
  readonly memberId: string;
}

/** The organizations that somebody is a member of. */
export function listOrganizations(db: Database, userId: string): Promise<OwnOrganization[]> {
  return db
    .select({
      id: organization.id,
      name: organization.name,
      status: organization.status,
      role: member.role,
      memberId: member.id,
    })
    .from(member)
    .innerJoin(organization, eq(organization.id, member.orgId))
    .where(and(eq(member.userId, userId), isNull(member.leftAt)))
    .orderBy(asc(organization.createdAt))
    .limit(ORGANIZATIONS_MAX);
}

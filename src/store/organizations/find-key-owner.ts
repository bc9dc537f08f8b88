import { and, eq, isNull } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { member, organization } from "../schema/index.ts";

/** What a new key carries of its organization. `memberId` null: the key is nobody's own. Null: no such organization or member. */
export async function findKeyOwner(
  db: Database,
  orgId: string,
  memberId: string | null,
): Promise<{ readonly region: "g" | "e"; readonly locator: string } | null> {
  const carried = { region: organization.region, locator: organization.locator };
  const ofOrganization = eq(organization.id, orgId);
  if (memberId === null) return (await db.select(carried).from(organization).where(ofOrganization))[0] ?? null;
  const [row] = await db
    .select(carried)
    .from(organization)
    .innerJoin(member, eq(member.orgId, organization.id))
    .where(and(ofOrganization, eq(member.id, memberId), isNull(member.leftAt)));
  return row ?? null;
}

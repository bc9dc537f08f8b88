import { sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";

export interface NewOrganization {
  readonly id: string;
  readonly name: string;
  readonly locator: string;
  readonly region: "g" | "e";
  readonly timeZone: string;
  /** Who makes it owns it. */
  readonly ownerMemberId: string;
  readonly ownerUserId: string;
}

/** An organization and its owner's membership, in one statement. */
export async function createOrganization(db: Database, organization: NewOrganization): Promise<void> {
  const { id, name, locator, region, timeZone, ownerMemberId, ownerUserId } = organization;
  await db.execute(sql`
    with made as (
      insert into organization (id, name, locator, region, time_zone)
      values (${id}, ${name}, ${locator}, ${region}, ${timeZone}) returning id)
    insert into member (id, org_id, user_id, role) select ${ownerMemberId}, id, ${ownerUserId}, 'owner' from made`);
}

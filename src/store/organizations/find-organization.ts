import { eq } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { organization } from "../schema/index.ts";
import { ORGANIZATION_COLUMNS, type OrganizationView } from "./organization-view.ts";

export async function findOrganization(db: Database, id: string): Promise<OrganizationView | null> {
  const [row] = await db.select(ORGANIZATION_COLUMNS).from(organization).where(eq(organization.id, id));
  return row ?? null;
}

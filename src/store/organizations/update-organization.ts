import { and, eq } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { organization } from "../schema/index.ts";
import { ORGANIZATION_COLUMNS, type OrganizationView } from "./organization-view.ts";

/** What members may change. Region and locator are fixed, its status is the platform's. */
export type OrganizationChanges = {
  readonly [
    Name in
      | "name"
      | "dataCollection"
      | "zdr"
      | "regions"
      | "providersOnly"
      | "providersIgnore"
      | "models"
      | "ipAllow"
      | "strict"
      | "timeZone"
      | "requireFactor"
  ]?: OrganizationView[Name] | undefined;
};

/** Null where it is not of that version any more: somebody else was faster. */
export async function updateOrganization(
  db: Database,
  id: string,
  version: number,
  changes: OrganizationChanges,
): Promise<OrganizationView | null> {
  const [row] = await db
    .update(organization)
    // A change of nothing is one: the row is read back, and its version goes on.
    .set({ ...changes, name: changes.name ?? organization.name })
    .where(and(eq(organization.id, id), eq(organization.version, version)))
    .returning(ORGANIZATION_COLUMNS);
  return row ?? null;
}

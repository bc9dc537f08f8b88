import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey, managementKey } from "../schema/index.ts";

/** Disables every API key of an organization that is in use; answers how many there were. */
export async function stopKeys(db: Database, orgId: string): Promise<number> {
  const stopped = await db
    .update(apiKey)
    .set({ status: "disabled" })
    .where(and(eq(apiKey.orgId, orgId), eq(apiKey.status, "active")))
    .returning({ id: apiKey.id });
  return stopped.length;
}

/** Revokes every management key of an organization; answers how many there were. */
export async function revokeManagementKeys(db: Database, orgId: string): Promise<number> {
  const revoked = await db
    .update(managementKey)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(managementKey.orgId, orgId), isNull(managementKey.revokedAt)))
    .returning({ id: managementKey.id });
  return revoked.length;
}

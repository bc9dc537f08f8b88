import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { apiKey, managementKey } from "../schema/index.ts";

/** Keys of one statement: each writes its audit entry, its change for the gateway and an event for every webhook endpoint. */
export const STOPPED_KEYS_A_BATCH = 50;
const BATCHES_MAX = 200;
/** Keys that one call stops. */
export const STOPPED_KEYS_MAX = STOPPED_KEYS_A_BATCH * BATCHES_MAX;

/**
 * Disables every API key of an organization that is in use; answers how many there were. Batch by batch: what was stopped
 * stays so, whatever becomes of the rest. Where `STOPPED_KEYS_MAX` were there may be more.
 */
export async function stopKeys(db: Database, orgId: string): Promise<number> {
  const isActive = and(eq(apiKey.orgId, orgId), eq(apiKey.status, "active"));
  let stopped = 0;
  for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
    const active = db
      .select({ id: apiKey.id })
      .from(apiKey)
      .where(isActive)
      .orderBy(asc(apiKey.id))
      .limit(STOPPED_KEYS_A_BATCH)
      // Whose were changed meanwhile are passed over, and others taken: a batch that is not full is the last.
      .for("update");
    const { length } = await db
      .update(apiKey)
      .set({ status: "disabled" })
      .where(inArray(apiKey.id, active))
      .returning({ id: apiKey.id });
    stopped += length;
    if (length < STOPPED_KEYS_A_BATCH) break;
  }
  return stopped;
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

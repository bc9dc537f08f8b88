import type { SuppressionReason } from "#notify";
import type { Database } from "../control-outbox.ts";
import { mailSuppression } from "../schema/index.ts";

/** Nothing is sent to these any more. An address that is on the list keeps its first reason. */
export async function suppressAddresses(
  db: Database,
  addresses: readonly string[],
  reason: SuppressionReason,
): Promise<void> {
  const rows = [...new Set(addresses.map((address) => address.toLowerCase()))].map((address) => ({ address, reason }));
  if (rows.length === 0) return;
  await db.insert(mailSuppression).values(rows).onConflictDoNothing();
}

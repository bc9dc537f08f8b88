import { sql } from "drizzle-orm";
import type { Database } from "./control-outbox.ts";

/** Makes the receipt partitions of this month and the next three. Safe to call at any time. */
export async function ensurePartitions(db: Database): Promise<void> {
  await db.execute(sql`select ensure_partitions()`);
}

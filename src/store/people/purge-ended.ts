import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";

/** What ends by time and is deleted some time after: each by the rule that the data map states of it. */
export const PURGE_RULES = [
  "user_session",
  "user_verification",
  "device_login",
  "invitation",
  "email_change",
  "user_factor_use",
  "idempotent_request",
  "webhook_event",
] as const;
export type PurgeRule = (typeof PURGE_RULES)[number];

const purged = z.object({ rows: z.tuple([z.object({ answer: z.coerce.number() })]) });

/** Deletes one batch of what ended long enough before `now`, in a transaction of its own. Answers how many rows. */
export async function purgeEnded(db: Database, rule: PurgeRule, now: Date, limit: number): Promise<number> {
  const result = await db.execute(
    sql`select purge_ended(${rule}, ${now.toISOString()}::timestamptz, ${limit}::integer) as answer`,
  );
  return purged.parse(result).rows[0].answer;
}

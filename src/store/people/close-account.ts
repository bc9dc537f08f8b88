import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";

const closed = z.object({ rows: z.tuple([z.object({ answer: z.array(z.string()) })]) });

/**
 * Sets an account to be closed: sessions, memberships and keys stop in the same transaction. Answers the organizations that
 * have to be handed over first, because others are in them; then nothing was changed.
 */
export async function closeAccount(db: Database, userId: string, closesAt: Date): Promise<readonly string[]> {
  const at = closesAt.toISOString();
  const result = await db.execute(sql`select close_account(${userId}, ${at}::timestamptz) as answer`);
  return closed.parse(result).rows[0].answer;
}

const reopened = z.object({ rows: z.tuple([z.object({ answer: z.boolean() })]) });

/** Takes a closing back, with the organizations that closed with it. False where there is nothing to take back any more. */
export async function reopenAccount(db: Database, userId: string, now: Date): Promise<boolean> {
  const result = await db.execute(sql`select reopen_account(${userId}, ${now.toISOString()}::timestamptz) as answer`);
  return reopened.parse(result).rows[0].answer;
}

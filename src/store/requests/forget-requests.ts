import { inArray, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { idempotentRequest } from "../schema/index.ts";
import { REQUEST_KEPT } from "./begin-request.ts";

/** Deletes what is a day old, at most so many, the oldest first. Answers how many there were. */
export async function forgetRequests(db: Database, max: number): Promise<number> {
  const old = db
    .select({ id: idempotentRequest.id })
    .from(idempotentRequest)
    .where(sql`${idempotentRequest.createdAt} < now() - ${REQUEST_KEPT}`)
    .orderBy(idempotentRequest.createdAt)
    .limit(max);
  const gone = await db
    .delete(idempotentRequest)
    .where(inArray(idempotentRequest.id, old))
    .returning({ id: idempotentRequest.id });
  return gone.length;
}

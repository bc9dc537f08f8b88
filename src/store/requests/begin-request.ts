import { eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { idempotentRequest } from "../schema/index.ts";

/** How long a key is remembered. */
const REQUEST_KEPT = sql.raw("interval '24 hours'");

export interface BegunRequest {
  readonly inputHash: string;
  /** Null: it runs still, or nobody saw it end. */
  readonly sealedAnswer: string | null;
}

/** Takes a key for a request. Null where it is this one's now; else the request that has it. Of two at once one gets it. */
export async function beginRequest(db: Database, id: string, inputHash: string): Promise<BegunRequest | null> {
  const begun = await db
    .insert(idempotentRequest)
    .values({ id, inputHash })
    .onConflictDoUpdate({
      target: idempotentRequest.id,
      set: { inputHash, sealedAnswer: sql`null`, createdAt: sql`now()` },
      setWhere: sql`${idempotentRequest.createdAt} < now() - ${REQUEST_KEPT}`,
    })
    .returning({ id: idempotentRequest.id });
  if (begun.length > 0) return null;
  const [before] = await db
    .select({ inputHash: idempotentRequest.inputHash, sealedAnswer: idempotentRequest.sealedAnswer })
    .from(idempotentRequest)
    .where(eq(idempotentRequest.id, id));
  // It was given back in between: whoever asks again gets it.
  return before ?? { inputHash, sealedAnswer: null };
}

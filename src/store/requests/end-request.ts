import { eq } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { idempotentRequest } from "../schema/index.ts";

/** Keeps what was answered; without an answer, which is that nothing was done, the key is free again. */
export async function endRequest(db: Database, id: string, sealedAnswer: string | null): Promise<void> {
  if (sealedAnswer === null) await db.delete(idempotentRequest).where(eq(idempotentRequest.id, id));
  else await db.update(idempotentRequest).set({ sealedAnswer }).where(eq(idempotentRequest.id, id));
}

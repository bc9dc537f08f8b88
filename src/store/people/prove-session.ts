import { eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userSession } from "../schema/index.ts";

/** The person proved again who they are: by password, by second factor, or both. */
export async function proveSession(
  db: Database,
  id: string,
  proof: { readonly provedAt?: Date; readonly factorAt?: Date },
): Promise<void> {
  await db
    .update(userSession)
    .set({ ...proof, updatedAt: sql`now()` })
    .where(eq(userSession.id, id));
}

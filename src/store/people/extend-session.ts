import { eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userSession } from "../schema/index.ts";

export async function extendSession(db: Database, id: string, expiresAt: Date): Promise<void> {
  await db
    .update(userSession)
    .set({ expiresAt, updatedAt: sql`now()` })
    .where(eq(userSession.id, id));
}

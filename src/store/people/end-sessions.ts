import { and, eq, ne } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userSession } from "../schema/index.ts";

/** Ends one session of a person; false where they have none of that id. */
export async function endSession(db: Database, userId: string, id: string): Promise<boolean> {
  const ended = await db
    .delete(userSession)
    .where(and(eq(userSession.id, id), eq(userSession.userId, userId)))
    .returning({ id: userSession.id });
  return ended.length > 0;
}

/** Ends every other session of a person: a password or a factor has changed (S9), or they asked for it. */
export async function endOtherSessions(db: Database, userId: string, keptId: string): Promise<void> {
  await db.delete(userSession).where(and(eq(userSession.userId, userId), ne(userSession.id, keptId)));
}

export async function endEverySession(db: Database, userId: string): Promise<void> {
  await db.delete(userSession).where(eq(userSession.userId, userId));
}

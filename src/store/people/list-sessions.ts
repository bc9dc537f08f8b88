import { desc, eq } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userSession } from "../schema/index.ts";

const SESSIONS_MAX = 100;

export interface ListedSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
  readonly expiresAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** A person's sessions, newest first; those that ended by time among them until they are cleared away. */
export function listSessions(db: Database, userId: string): Promise<ListedSession[]> {
  return db
    .select({
      id: userSession.id,
      createdAt: userSession.createdAt,
      usedAt: userSession.updatedAt,
      expiresAt: userSession.expiresAt,
      ipAddress: userSession.ipAddress,
      userAgent: userSession.userAgent,
    })
    .from(userSession)
    .where(eq(userSession.userId, userId))
    .orderBy(desc(userSession.createdAt))
    .limit(SESSIONS_MAX);
}

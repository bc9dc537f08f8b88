import { and, desc, eq, gt } from "drizzle-orm";
import { SESSION_MAX_MS } from "#identity";
import type { Database } from "../control-outbox.ts";
import { userSession } from "../schema/index.ts";

const SESSIONS_MAX = 100;

export interface ListedSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** A person's sessions that live, newest first. */
export function listSessions(db: Database, userId: string, now: Date): Promise<ListedSession[]> {
  return db
    .select({
      id: userSession.id,
      createdAt: userSession.createdAt,
      usedAt: userSession.updatedAt,
      ipAddress: userSession.ipAddress,
      userAgent: userSession.userAgent,
    })
    .from(userSession)
    .where(
      and(
        eq(userSession.userId, userId),
        gt(userSession.expiresAt, now),
        gt(userSession.createdAt, new Date(now.getTime() - SESSION_MAX_MS)),
      ),
    )
    .orderBy(desc(userSession.createdAt))
    .limit(SESSIONS_MAX);
}

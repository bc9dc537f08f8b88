import { and, eq, isNotNull, sql } from "drizzle-orm";
import type { SessionTimes } from "#identity";
import type { Database } from "../control-outbox.ts";
import { accountUser, userFactor, userPasskey, userSession } from "../schema/index.ts";

export interface FoundSession {
  readonly id: string;
  readonly times: SessionTimes;
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly status: "active" | "suspended" | "closing";
    readonly locale: string;
    /** An authenticator app that was confirmed. */
    readonly hasApp: boolean;
    readonly hasPasskey: boolean;
    /** One of the two. */
    readonly hasFactor: boolean;
  };
}

/** The session of a token, by its hash, with whose it is; null where there is none. Whether it still lives is the caller's to judge. */
export async function findSession(db: Database, tokenHash: string): Promise<FoundSession | null> {
  const factor = db
    .select({ one: sql`1` })
    .from(userFactor)
    .where(and(eq(userFactor.userId, accountUser.id), isNotNull(userFactor.confirmedAt)));
  const passkey = db
    .select({ one: sql`1` })
    .from(userPasskey)
    .where(eq(userPasskey.userId, accountUser.id));
  const [row] = await db
    .select({
      id: userSession.id,
      createdAt: userSession.createdAt,
      expiresAt: userSession.expiresAt,
      provedAt: userSession.provedAt,
      factorAt: userSession.factorAt,
      userId: accountUser.id,
      name: accountUser.name,
      email: accountUser.email,
      status: accountUser.status,
      locale: accountUser.locale,
      hasApp: sql<boolean>`exists (${factor})`,
      hasPasskey: sql<boolean>`exists (${passkey})`,
    })
    .from(userSession)
    .innerJoin(accountUser, eq(accountUser.id, userSession.userId))
    .where(eq(userSession.token, tokenHash))
    .limit(1);
  if (!row) return null;
  const { id, createdAt, expiresAt, provedAt, factorAt, userId, ...user } = row;
  return {
    id,
    times: {
      createdAtMs: createdAt.getTime(),
      expiresAtMs: expiresAt.getTime(),
      provedAtMs: provedAt.getTime(),
      factorAtMs: factorAt?.getTime() ?? null,
    },
    user: { id: userId, ...user, hasFactor: user.hasApp || user.hasPasskey },
  };
}

import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { accountUser, userLogin, userVerification } from "../schema/index.ts";

const ofPassword = (userId: string) => and(eq(userLogin.userId, userId), eq(userLogin.providerId, "credential"));

/** The stored hash of a person's password; null where they sign in otherwise. */
export async function findPasswordHash(db: Database, userId: string): Promise<string | null> {
  const [row] = await db.select({ password: userLogin.password }).from(userLogin).where(ofPassword(userId)).limit(1);
  return row?.password ?? null;
}

export async function changePasswordHash(db: Database, userId: string, password: string): Promise<void> {
  await db
    .update(userLogin)
    .set({ password, updatedAt: sql`now()` })
    .where(ofPassword(userId));
}

/** Links that were mailed to a person before work no more. */
export async function endMailedLinks(db: Database, userId: string): Promise<void> {
  await db.delete(userVerification).where(eq(userVerification.value, userId));
}

export interface FoundLogin {
  readonly userId: string;
  readonly password: string | null;
  readonly name: string;
  readonly locale: string;
  readonly status: "active" | "suspended" | "closing";
}

/** Who has the password of an address's account, for what is asked before anybody is signed in. */
export async function findLogin(db: Database, email: string): Promise<FoundLogin | null> {
  const [row] = await db
    .select({
      userId: accountUser.id,
      password: userLogin.password,
      name: accountUser.name,
      locale: accountUser.locale,
      status: accountUser.status,
    })
    .from(accountUser)
    .innerJoin(userLogin, eq(userLogin.userId, accountUser.id))
    .where(and(eq(accountUser.email, email), eq(userLogin.providerId, "credential")))
    .limit(1);
  return row ?? null;
}

export async function confirmEmail(db: Database, userId: string): Promise<void> {
  await db
    .update(accountUser)
    .set({ emailVerified: true, updatedAt: sql`now()` })
    .where(and(eq(accountUser.id, userId), eq(accountUser.emailVerified, false)));
}

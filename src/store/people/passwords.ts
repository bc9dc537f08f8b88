import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { userLogin } from "../schema/index.ts";

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

import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { userFactor, userFactorUse, userPasskey, userRecoveryCode } from "../schema/index.ts";

export interface Factor {
  readonly id: string;
  readonly sealedSecret: string;
  readonly isConfirmed: boolean;
}

export async function findFactor(db: Database, userId: string): Promise<Factor | null> {
  const [row] = await db
    .select({ id: userFactor.id, sealedSecret: userFactor.sealedSecret, confirmedAt: userFactor.confirmedAt })
    .from(userFactor)
    .where(eq(userFactor.userId, userId));
  return row ? { id: row.id, sealedSecret: row.sealedSecret, isConfirmed: row.confirmedAt !== null } : null;
}

/** Whether somebody has a second factor: an authenticator app that was confirmed, or a passkey. */
export async function hasFactor(db: Database, userId: string): Promise<boolean> {
  const app = db
    .select({ one: sql`1` })
    .from(userFactor)
    .where(and(eq(userFactor.userId, userId), isNotNull(userFactor.confirmedAt)));
  const passkey = db
    .select({ one: sql`1` })
    .from(userPasskey)
    .where(eq(userPasskey.userId, userId));
  const result = await db.execute(sql`select (exists (${app}) or exists (${passkey})) as answer`);
  return whether.parse(result).rows[0].answer;
}

const whether = z.object({ rows: z.tuple([z.object({ answer: z.boolean() })]) });

/** Begins a factor anew, in place of one that was never confirmed. False where a confirmed one stands. */
export async function beginFactor(
  db: Database,
  factor: { readonly id: string; readonly userId: string; readonly sealedSecret: string },
): Promise<boolean> {
  await db.delete(userFactor).where(and(eq(userFactor.userId, factor.userId), isNull(userFactor.confirmedAt)));
  const made = await db.insert(userFactor).values(factor).onConflictDoNothing().returning({ id: userFactor.id });
  return made.length > 0;
}

/** Uses a time step up. False where it was used before: of twenty at once, one gets true (S8). */
export async function useStep(db: Database, factorId: string, step: number): Promise<boolean> {
  const used = await db
    .insert(userFactorUse)
    .values({ factorId, step })
    .onConflictDoNothing()
    .returning({ step: userFactorUse.step });
  return used.length > 0;
}

/** From now on the factor guards, and these recovery codes alone stand in for it: both, or neither. False where none was begun. */
export async function confirmFactor(db: Database, factorId: string, codeHashes: readonly string[]): Promise<boolean> {
  const hashes = sql.param([...codeHashes]);
  const result = await db.execute(sql`
    with confirmed as (
      update user_factor set confirmed_at = now() where id = ${factorId} and confirmed_at is null returning user_id),
    replaced as (delete from user_recovery_code where user_id in (select user_id from confirmed)),
    made as (
      insert into user_recovery_code (user_id, code_hash)
      select user_id, unnest(${hashes}::text[]) from confirmed returning user_id)
    select count(*)::text as answer from made`);
  return countIn(result) > 0;
}

/** Takes the factor away; the recovery codes go with the last one. False where there is none that guards. */
export async function removeFactor(db: Database, userId: string): Promise<boolean> {
  const result = await db.execute(sql`
    with removed as (
      delete from user_factor where user_id = ${userId} and confirmed_at is not null returning user_id),
    codes as (
      delete from user_recovery_code where user_id in (select user_id from removed)
        and not exists (select from user_passkey p where p.user_id = ${userId}))
    select count(*)::text as answer from removed`);
  return countIn(result) > 0;
}

const counted = z.object({ rows: z.tuple([z.object({ answer: z.coerce.number() })]) });
const countIn = (result: unknown): number => counted.parse(result).rows[0].answer;

/** Uses a recovery code up; false where it is none, or was used. */
export async function spendRecoveryCode(db: Database, userId: string, codeHash: string): Promise<boolean> {
  const spent = await db
    .update(userRecoveryCode)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(userRecoveryCode.userId, userId),
        eq(userRecoveryCode.codeHash, codeHash),
        isNull(userRecoveryCode.usedAt),
      ),
    )
    .returning({ userId: userRecoveryCode.userId });
  return spent.length > 0;
}

import { normaliseRecoveryCode, totpStep } from "#identity";
import { findFactor, spendRecoveryCode, useStep, type Factor } from "#store";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { hashRecoveryCode } from "./hash-recovery-code.ts";
import { passPasskey } from "./pass-passkey.ts";
import type { PasskeyAssertion } from "./passkey-schemas.ts";
import { openSecret } from "./seal-secret.ts";

export interface FactorProof {
  readonly code?: string | undefined;
  readonly recovery_code?: string | undefined;
  readonly passkey?: PasskeyAssertion | undefined;
}

/** Checks a second factor and uses the proof up: each code works once, however many try it at once (S8). Null: it was none. */
export async function passFactor(
  context: ApiContext,
  userId: string,
  { code, recovery_code: recoveryCode, passkey: assertion }: FactorProof,
): Promise<"code" | "recovery" | "passkey" | null> {
  if (assertion !== undefined) {
    const { isPassed, passkey } = await passPasskey(context, assertion);
    return isPassed && passkey?.userId === userId ? "passkey" : null;
  }
  if (code !== undefined) {
    const factor = await findFactor(context.get("services").db, userId);
    if (factor === null || !factor.isConfirmed) return null;
    return (await passCode(context, userId, factor, code)) ? "code" : null;
  }
  const typed = normaliseRecoveryCode(recoveryCode ?? "");
  if (typed === null) return null;
  const hash = await hashRecoveryCode(typed, userId, context.get("services").passwordPeppers);
  return (await spendRecoveryCode(databaseOf(context), userId, hash)) ? "recovery" : null;
}

/** Whether the code is this factor's, now, and was not used before. */
export async function passCode(context: ApiContext, userId: string, factor: Factor, code: string): Promise<boolean> {
  const { factorKey, clock } = context.get("services");
  const secret = await openSecret(factorKey, userId, factor.sealedSecret);
  if (secret === null) throw new RangeError("a factor's secret does not open");
  const step = totpStep(secret, code, clock.nowMs());
  return step !== null && (await useStep(databaseOf(context), factor.id, step));
}

import { checkMoney, roomFor } from "./check-money.ts";
import { checkRates } from "./check-rates.ts";
import { checkIp, checkKey, checkModel, checkScope, refuse } from "./check-key.ts";
import { describeLease, grantLease } from "./grant-lease.ts";
import { checkIdempotency, forgetOldIdempotency } from "./idempotency.ts";
import { intersect, mergePolicies } from "./merge-policies.ts";
import { expireCredit } from "./lots.ts";
import { moneyQuestion, type MoneyQuestion } from "./money-rooms.ts";
import { holdFeePerMillion, ownKeysFor } from "./own-keys.ts";
import { grantHold, planHold, type Grant } from "./hold-plan.ts";
import { secondOf } from "./second-of.ts";
import { findEnded, type AccountState, type AdmissionContext, type Hold, type KeyState } from "./state.ts";
import { insertHold } from "./hold-sums.ts";
import type { Admission, AdmitCommand, AdmitResult, Refusal } from "./types.ts";
import type { SealedProviderKey } from "./control-types.ts";
import { countUse, limitStates } from "./window.ts";

/**
 * Decides a call: key, scopes, allow-lists, quotas and money together, in a fixed order, all or none. A refusal changes
 * nothing but the alert of a budget that is used up. An admission opens one hold under the draft's id; the same command again answers the same admission.
 * Throws `internal_error` for more candidates than `providersMax`. Source: design MONEY section 2 and invariant 2.
 */
export function admit(state: AccountState, command: AdmitCommand, context: AdmissionContext): AdmitResult {
  const { nowMs } = context;
  const check = checkKey(state, { keyHash: command.keyHash, mode: command.draft.mode }, nowMs);
  if (!check.ok) return check;
  const { key, orgId } = check;
  const ownKeys = ownKeysFor(state, command, context);
  const open = state.holds.get(command.draft.id);
  if (open !== undefined && open.keyHash === command.keyHash) {
    const lease = command.lease ? describeLease(state, key, command.lease.id, nowMs) : null;
    const admission = describeAdmission(state, { orgId, key, hold: open, ownKeys }, nowMs);
    return { ok: true, admission: { ...admission, lease } };
  }
  // An id that has had its hold gets no second one: it would be two receipts under one id.
  const isSpentId = open !== undefined || findEnded(state, command.draft.id, context.rows) !== null;
  if (isSpentId) return { ok: false, refusal: refuse("internal_error") };

  const plan = planHold(command.hold, holdFeePerMillion(command, ownKeys));
  expireCredit(state, context);
  const question = moneyQuestion(state, key, nowMs);
  const refusal =
    checkAccess(state, key, command) ??
    checkIdempotency(state, command, context) ??
    checkRates(state, key, plan.tokens, context) ??
    checkMoney(state, question, plan, command, context);
  if (refusal !== null) return { ok: false, refusal };

  const grant = grantHold(plan, roomFor(state, question, command, nowMs));
  const hold = openHold(state, question, command, grant, context);
  const lease = command.lease ? grantLease(state, key, command.lease, context) : null;
  return { ok: true, admission: { ...describeAdmission(state, { orgId, key, hold, ownKeys }, nowMs), lease } };
}

function checkAccess(state: AccountState, key: KeyState, command: AdmitCommand): Refusal | null {
  if (state.organization?.status !== "active") return refuse("organization_suspended");
  return (
    checkScope(key, command.scope) ??
    checkModel(state, key, command.draft.model) ??
    checkIp(state, key, command.clientIp)
  );
}

function openHold(
  state: AccountState,
  { key, scopes, periods }: MoneyQuestion,
  command: AdmitCommand,
  grant: Grant,
  { nowMs, limits }: AdmissionContext,
): Hold {
  const hold: Hold = {
    id: command.draft.id,
    keyHash: command.keyHash,
    heldNano: grant.heldNano,
    maxCostNano: command.maxCostNano,
    tokens: grant.tokens,
    outputTokens: grant.outputTokens,
    admittedMs: nowMs,
    deadlineMs: nowMs + limits.requestMaxMs + limits.holdGraceMs,
    windowSecond: secondOf(nowMs),
    isLate: false,
    periods,
    scopes,
    idempotencyHash: command.idempotency?.keyHash ?? null,
    draft: command.draft,
    checkpoint: null,
  };
  // Checking counted those whose time is over as gone.
  if (command.idempotency) forgetOldIdempotency(state, nowMs, limits.endedKeepMs, limits.pruneStepMax);
  insertHold(state, key, hold);
  state.changes.holds.add(hold.id);
  countUse(state, key, hold.windowSecond, { requests: 1, tokens: grant.tokens }, nowMs);
  return hold;
}

interface Admitted {
  readonly orgId: string;
  readonly key: KeyState;
  readonly hold: Hold;
  readonly ownKeys: readonly SealedProviderKey[];
}

function describeAdmission(state: AccountState, { orgId, key, hold, ownKeys }: Admitted, nowMs: number): Admission {
  return {
    orgId,
    keyId: key.record.id,
    heldNano: hold.heldNano,
    outputTokens: hold.outputTokens,
    tokens: hold.tokens,
    limits: limitStates(key, nowMs),
    policy: mergePolicies(key.record.policy, state.organization?.policy),
    byok: ownKeys,
    guardrails: key.record.guardrails ?? null,
    models: intersect(key.record.models, state.organization?.models),
  };
}

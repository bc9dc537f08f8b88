import { nanoUsd, type NanoUsd } from "#kernel";
import { budgetUse, currentPeriods } from "./budget.ts";
import { checkIp, checkKey, checkModel, checkScope, refuse } from "./check-key.ts";
import { checkIdempotency, forgetOldIdempotency } from "./idempotency.ts";
import { mergePolicies } from "./merge-policies.ts";
import { holdFeePerMillion, ownKeysFor } from "./own-keys.ts";
import { grantHold, planHold, type Grant, type HoldPlan, type Room } from "./hold-plan.ts";
import { findEnded, insertHold, type AccountState, type AdmissionContext, type Hold, type KeyState } from "./state.ts";
import type { Admission, AdmitCommand, AdmitResult, Refusal, SealedProviderKey } from "./types.ts";
import { countUse, fitsInMs, limitStates, secondOf, windowUse } from "./window.ts";

/**
 * Decides a call: key, scopes, allow-lists, quotas and money together, in a fixed order, all or none. A refusal changes
 * nothing. An admission opens one hold under the draft's id; the same command again answers the same admission.
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
    return { ok: true, admission: describeAdmission(state, { orgId, key, hold: open, ownKeys }, nowMs) };
  }
  // An id that has had its hold gets no second one: it would be two receipts under one id.
  const isSpentId = open !== undefined || findEnded(state, command.draft.id, context.rows) !== null;
  if (isSpentId) return { ok: false, refusal: refuse("internal_error") };

  const plan = planHold(command.hold, holdFeePerMillion(command, ownKeys));
  const refusal =
    checkAccess(state, key, command) ??
    checkIdempotency(state, command, context) ??
    checkRates(state, key, plan, context) ??
    checkMoney(state, key, plan, command, nowMs);
  if (refusal !== null) return { ok: false, refusal };

  const grant = grantHold(plan, roomFor(state, key, command, nowMs));
  const hold = openHold(state, key, command, grant, context);
  return { ok: true, admission: describeAdmission(state, { orgId, key, hold, ownKeys }, nowMs) };
}

function checkAccess(state: AccountState, key: KeyState, command: AdmitCommand): Refusal | null {
  if (state.organization?.status !== "active") return refuse("organization_suspended");
  return checkScope(key, command.scope) ?? checkModel(key, command.draft.model) ?? checkIp(key, command.clientIp);
}

function checkRates(
  state: AccountState,
  key: KeyState,
  plan: HoldPlan,
  { nowMs, limits }: AdmissionContext,
): Refusal | null {
  const { requestsPerMinute, tokensPerMinute, concurrency } = key.record;
  if (requestsPerMinute !== null) {
    const waitMs = fitsInMs(key, "requests", requestsPerMinute, 1, nowMs);
    if (waitMs !== 0) {
      return refuse("rate_limit_requests", { limit: requestsPerMinute }, waitMs, limitStates(key, nowMs));
    }
  }
  if (tokensPerMinute !== null) {
    const waitMs = fitsInMs(key, "tokens", tokensPerMinute, plan.tokens, nowMs);
    const code = plan.tokens > tokensPerMinute ? "request_exceeds_token_limit" : "rate_limit_tokens";
    if (waitMs !== 0) return refuse(code, { limit: tokensPerMinute }, waitMs, limitStates(key, nowMs));
  }
  if (concurrency !== null && key.openHolds >= concurrency) {
    const waitMs = concurrency === 0 ? null : limits.slotRetryMs;
    return refuse("rate_limit_concurrency", { limit: concurrency }, waitMs, limitStates(key, nowMs));
  }
  if (state.holds.size >= limits.openHoldsMax) return refuse("account_unavailable", {}, limits.slotRetryMs);
  return null;
}

function checkMoney(
  state: AccountState,
  key: KeyState,
  plan: HoldPlan,
  command: AdmitCommand,
  nowMs: number,
): Refusal | null {
  const { budget } = key.record;
  const inBudget = budgetRoom(key, nowMs);
  if (budget !== null && inBudget !== null && inBudget < plan.costNano) {
    return refuse("key_budget_exceeded", { period: budget.period }, null, limitStates(key, nowMs));
  }
  if (command.maxCostNano !== null && command.maxCostNano < plan.costNano) {
    return refuse("max_cost_exceeded", {}, null, limitStates(key, nowMs));
  }
  // What costs nothing needs no credit: an overdrawn wallet still runs free models and test keys.
  if (plan.costNano > 0n && state.balanceNano - state.heldNano < plan.costNano) {
    return refuse("insufficient_credit", {}, null, limitStates(key, nowMs));
  }
  return null;
}

/** What every scope still has room for. Only called when the floor fits all of them. */
function roomFor(state: AccountState, key: KeyState, command: AdmitCommand, nowMs: number): Room {
  const { tokensPerMinute } = key.record;
  const scopes = [nanoUsd(state.balanceNano - state.heldNano), budgetRoom(key, nowMs), command.maxCostNano];
  return {
    nano: scopes.filter((scope) => scope !== null).reduce((least, scope) => (scope < least ? scope : least)),
    tokens: tokensPerMinute === null ? null : tokensPerMinute - windowUse(key, nowMs).tokens,
  };
}

function budgetRoom(key: KeyState, nowMs: number): NanoUsd | null {
  const { budget } = key.record;
  if (budget === null) return null;
  const use = budgetUse(key, budget.period, nowMs);
  return nanoUsd(budget.limitNano - use.spentNano - use.heldNano);
}

function openHold(
  state: AccountState,
  key: KeyState,
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
    periods: currentPeriods(key, nowMs),
    idempotencyHash: command.idempotency?.keyHash ?? null,
    draft: command.draft,
    checkpoint: null,
  };
  // Checking counted those whose time is over as gone.
  if (command.idempotency) forgetOldIdempotency(state, nowMs, limits.endedKeepMs, limits.pruneStepMax);
  insertHold(state, key, hold);
  state.changes.holds.add(hold.id);
  countUse(state, key, secondOf(nowMs), { requests: 1, tokens: grant.tokens }, nowMs);
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
    deadlineMs: hold.deadlineMs,
    limits: limitStates(key, nowMs),
    policy: mergePolicies(key.record.policy, state.organization?.policy),
    byok: ownKeys,
    guardrails: key.record.guardrails ?? null,
    models: key.record.models,
  };
}

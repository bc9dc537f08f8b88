import { refuse } from "./check-key.ts";
import { parkCall } from "./parked.ts";
import type { AccountState, AdmissionContext, KeyState } from "./state.ts";
import type { Refusal } from "./types.ts";
import { fitsInMs, leasedUse, limitStates, type Measure } from "./window.ts";

/** Refuses a call that the key's requests or tokens per minute, or its slots, have no room for. `tokens` are its bound. */
export function checkRates(
  state: AccountState,
  key: KeyState,
  tokens: number,
  context: AdmissionContext,
): Refusal | null {
  const { requestsPerMinute, tokensPerMinute, concurrency } = key.record;
  const { nowMs, limits } = context;
  if (requestsPerMinute !== null) {
    const late = checkWindow(state, key, "requests", requestsPerMinute, 1, context);
    if (late !== null) return late;
  }
  if (tokensPerMinute !== null) {
    const late = checkWindow(state, key, "tokens", tokensPerMinute, tokens, context);
    if (late !== null) return late;
  }
  if (concurrency !== null && key.openHolds + key.leased.slots >= concurrency) {
    const waitMs = concurrency === 0 ? null : limits.slotRetryMs;
    const refusal = refuse("rate_limit_concurrency", { limit: concurrency }, waitMs, limitStates(key, nowMs));
    return key.openHolds < concurrency ? { ...refusal, isParked: true } : refusal;
  }
  const slots = state.holds.size + state.leasedSlots;
  return slots >= limits.openHoldsMax ? refuse("account_unavailable", {}, limits.slotRetryMs) : null;
}

function checkWindow(
  state: AccountState,
  key: KeyState,
  measure: Measure,
  limit: number,
  needed: number,
  { nowMs, limits }: AdmissionContext,
): Refusal | null {
  const waitMs = fitsInMs(key, measure, limit, needed, nowMs);
  if (waitMs === 0) return null;
  const code = measure === "requests" ? "rate_limit_requests" : tokensCode(needed, limit);
  const leased = leasedUse(key, nowMs)[measure];
  const isParked = leased > 0 && fitsInMs(key, measure, limit + leased, needed, nowMs) === 0 && needed <= limit;
  // What a lease that nobody returned has not used leaves the minute as everything does.
  const retryMs = isParked ? Math.min(waitMs ?? Infinity, parkCall(state, key, nowMs, limits)) : waitMs;
  return { ...refuse(code, { limit }, retryMs, limitStates(key, nowMs)), ...(isParked ? { isParked } : {}) };
}

const tokensCode = (needed: number, limit: number) =>
  needed > limit ? "request_exceeds_token_limit" : "rate_limit_tokens";

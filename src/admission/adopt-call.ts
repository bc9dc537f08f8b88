import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import type { LeasedCall } from "./lease-types.ts";
import { moneyQuestion } from "./money-rooms.ts";
import { secondOf } from "./second-of.ts";
import {
  findEnded,
  type AccountState,
  type AdmissionContext,
  type Hold,
  type KeyState,
  type LeaseState,
} from "./state.ts";
import { insertHold, insertLease, removeLease } from "./hold-sums.ts";
import { countUse } from "./window.ts";

/** A call this much younger than the memory of ended ones cannot have been ended and forgotten, whatever its clock says. */
const CLOCK_SLACK_MS = 3_600_000;

/**
 * Makes a hold of a call that a teller admitted from a lease: what it holds moves out of the lease. One that is known
 * already, open or ended, changes nothing. A call of a lease that is closed, or that this account does not know (its
 * storage was set back), was made all the same: it becomes a hold of nothing, and what it costs is owed, flagged `late`.
 * A call too old to tell from one that was ended and forgotten is not taken.
 */
export function adoptCall(state: AccountState, call: LeasedCall, context: AdmissionContext): void {
  const { id } = call.draft;
  if (state.holds.has(id) || findEnded(state, id, context.rows) !== null) return;
  const key = state.keys.get(call.keyHash);
  if (key === undefined) return;
  const lease = state.leases.get(call.leaseId);
  if (lease !== undefined && lease.keyHash === call.keyHash) adoptFrom(state, key, lease, call, context);
  else if (isRecent(call, context)) adoptLate(state, key, call, context);
}

function adoptFrom(
  state: AccountState,
  key: KeyState,
  lease: LeaseState,
  call: LeasedCall,
  { nowMs }: AdmissionContext,
): void {
  const heldNano = least(call.heldNano, lease.nano);
  removeLease(state, key, lease);
  insertLease(state, key, {
    ...lease,
    nano: nanoUsd(lease.nano - heldNano),
    requests: Math.max(0, lease.requests - 1),
    tokens: Math.max(0, lease.tokens - call.tokens),
    slots: Math.max(0, lease.slots - 1),
  });
  state.changes.leases.add(lease.id);
  const windowSecond = secondOf(lease.expiresMs);
  // A teller gives away no more than its lease has; should one, the windows count it all the same.
  const beyond = { requests: lease.requests > 0 ? 0 : 1, tokens: Math.max(0, call.tokens - lease.tokens) };
  if (beyond.requests + beyond.tokens > 0) countUse(state, key, windowSecond, beyond, nowMs);
  openHold(state, key, call, {
    heldNano,
    admittedMs: Math.min(nowMs, lease.expiresMs),
    deadlineMs: lease.deadlineMs,
    windowSecond,
    isLate: false,
    periods: lease.periods,
    scopes: lease.scopes,
  });
}

function adoptLate(state: AccountState, key: KeyState, call: LeasedCall, { nowMs, limits }: AdmissionContext): void {
  const windowSecond = secondOf(nowMs);
  const { periods, scopes } = moneyQuestion(state, key, nowMs);
  countUse(state, key, windowSecond, { requests: 1, tokens: call.tokens }, nowMs);
  openHold(state, key, call, {
    heldNano: ZERO_NANO,
    admittedMs: nowMs,
    deadlineMs: nowMs + limits.requestMaxMs + limits.holdGraceMs,
    windowSecond,
    isLate: true,
    periods,
    scopes,
  });
}

type Opened = Pick<Hold, "heldNano" | "admittedMs" | "deadlineMs" | "windowSecond" | "isLate" | "periods" | "scopes">;

function openHold(state: AccountState, key: KeyState, call: LeasedCall, opened: Opened): void {
  const { draft, keyHash, maxCostNano, tokens, outputTokens } = call;
  insertHold(state, key, {
    ...opened,
    id: draft.id,
    keyHash,
    maxCostNano,
    tokens,
    outputTokens,
    idempotencyHash: null,
    draft,
    checkpoint: null,
  });
  state.changes.holds.add(draft.id);
}

function isRecent({ draft }: LeasedCall, { nowMs, limits }: AdmissionContext): boolean {
  return nowMs - Date.parse(draft.occurred_at) <= limits.endedKeepMs - CLOCK_SLACK_MS;
}

const least = (one: NanoUsd, other: NanoUsd): NanoUsd => (one < other ? one : other);

import { floorPart, nanoUsd, timesIn, type NanoUsd } from "#kernel";
import type { AdmissionContext, AccountState, KeyState, LeaseState } from "./state.ts";
import { findEnded } from "./state.ts";
import { insertLease } from "./hold-sums.ts";
import { intersect, mergePolicies } from "./merge-policies.ts";
import { expireCredit } from "./lots.ts";
import { leastLeft, moneyQuestion, moneyRooms, type MoneyQuestion, type MoneyRoom } from "./money-rooms.ts";
import { areLeasesStopped } from "./parked.ts";
import { allOwnKeys } from "./own-keys.ts";
import { leaseEndsMs } from "./lease-life.ts";
import type { Lease, LeaseWish } from "./lease-types.ts";
import { countUse, leasedUse, limitStates, windowUse } from "./window.ts";
import { secondOf } from "./second-of.ts";

/** Unspent leases of a scope together are at most this part of what is available in it. */
const LEASED_PART = 10;

/**
 * Gives a teller what it may admit by itself, as much of its wish as every scope allows: a low balance or a nearly used
 * quota yields none, and its calls ask one by one. What is given is taken from everybody else at once. Null: no lease.
 */
export function grantLease(
  state: AccountState,
  key: KeyState,
  wish: LeaseWish,
  context: AdmissionContext,
): Lease | null {
  const { nowMs, limits } = context;
  if (state.organization?.strict || key.record.strict) return null;
  if (state.leases.size >= limits.leasesMax || areLeasesStopped(state, key, nowMs, limits)) return null;
  // An id that was returned before it was given (its answer was lost, and the return overtook it) is spent.
  if (state.leases.has(wish.id) || findEnded(state, wish.id, context.rows) !== null) return null;
  expireCredit(state, context);
  const expiresMs = leaseEndsMs(state, key, context);
  if (expiresMs === null) return null;
  const calls = Math.min(wish.calls, limits.leaseCallsMax, callsThatFit(state, key, wish, context));
  if (calls < 1) return null;
  const question = moneyQuestion(state, key, nowMs);
  const lease: LeaseState = {
    id: wish.id,
    keyHash: key.record.hash,
    nano: nanoUsd(wish.callNano * BigInt(calls)),
    requests: calls,
    tokens: wish.callTokens * calls,
    slots: calls,
    expiresMs,
    deadlineMs: expiresMs + limits.requestMaxMs + limits.holdGraceMs,
    periods: question.periods,
    scopes: question.scopes,
  };
  insertLease(state, key, lease);
  state.changes.leases.add(lease.id);
  // In the last second in which it can be used, so that no minute ever holds more than the limit.
  countUse(state, key, secondOf(expiresMs), { requests: calls, tokens: lease.tokens }, nowMs);
  return describeLease(state, key, lease.id, nowMs);
}

/** An open lease as the teller gets it; null when there is none of that id and key. */
export function describeLease(state: AccountState, key: KeyState, id: string, nowMs: number): Lease | null {
  const lease = state.leases.get(id);
  if (lease === undefined || lease.keyHash !== key.record.hash || lease.expiresMs <= nowMs) return null;
  const { record } = key;
  return {
    id,
    keyHash: lease.keyHash,
    nano: lease.nano,
    requests: lease.requests,
    tokens: lease.tokens,
    slots: lease.slots,
    lifeMs: lease.expiresMs - nowMs,
    roomNano: leastLeft(moneyRooms(state, moneyQuestion(state, key, nowMs))),
    key: {
      orgId: state.organization?.id ?? "",
      record: {
        id: record.id,
        mode: record.mode,
        scopes: record.scopes,
        models: intersect(record.models, state.organization?.models),
        ipAllow: record.ipAllow,
      },
      organizationIpAllow: state.organization?.ipAllow ?? null,
      policy: mergePolicies(record.policy, state.organization?.policy),
      guardrails: record.guardrails ?? null,
      ownKeys: allOwnKeys(state),
      limits: limitStates(key, nowMs),
    },
  };
}

/**
 * Leases whose time is over and that nobody returned count as used up: their isolates are gone, as after every deploy, and
 * would take the tenth from their successors until the sweep.
 */
function callsThatFit(
  state: AccountState,
  key: KeyState,
  wish: LeaseWish,
  { nowMs, limits }: AdmissionContext,
): number {
  const { requestsPerMinute, tokensPerMinute, concurrency } = key.record;
  const use = windowUse(key, nowMs);
  const leased = leasedUse(key, nowMs);
  const over = [...state.leases.values()].filter(({ expiresMs }) => expiresMs <= nowMs);
  const overSlots = slotsOf(over);
  const counts = [share(limits.openHoldsMax - state.holds.size - overSlots, state.leasedSlots - overSlots)];
  if (requestsPerMinute !== null) {
    counts.push(share(requestsPerMinute - use.requests + leased.requests, leased.requests));
  }
  if (tokensPerMinute !== null && wish.callTokens > 0) {
    const tokens = share(tokensPerMinute - use.tokens + leased.tokens, leased.tokens);
    counts.push(Math.floor(tokens / wish.callTokens));
  }
  if (concurrency !== null) {
    const overOfKey = slotsOf(over.filter(({ keyHash }) => keyHash === key.record.hash));
    counts.push(share(concurrency - key.openHolds - overOfKey, key.leased.slots - overOfKey));
  }
  if (wish.callNano > 0n) {
    const question = moneyQuestion(state, key, nowMs);
    for (const room of moneyRooms(state, question)) {
      const overNano = over.reduce((sum, lease) => (isIn(room, question, lease) ? sum + lease.nano : sum), 0n);
      const partNano = floorPart(nanoUsd(room.freeNano - overNano), BigInt(LEASED_PART));
      counts.push(callsFor(nanoUsd(partNano - (room.leasedNano - overNano)), wish.callNano));
    }
  }
  return Math.min(...counts);
}

const slotsOf = (leases: readonly LeaseState[]): number => leases.reduce((sum, { slots }) => sum + slots, 0);

/** Whether a lease counts in a limit as the question meets it. */
function isIn({ budget }: MoneyRoom, { key, periods }: MoneyQuestion, lease: LeaseState): boolean {
  if (budget === null) return true;
  const { scope, name, limit } = budget;
  const isOfScope = scope === key ? lease.keyHash === key.record.hash : lease.scopes.includes(name);
  return isOfScope && lease.periods[limit.period] === periods[limit.period];
}

/** How much may be leased beside what is: a tenth of what is free, leases not counted, less those. */
const share = (free: number, leased: number): number => Math.floor(free / LEASED_PART) - leased;

function callsFor(amount: NanoUsd, each: NanoUsd): number {
  const calls = timesIn(amount, each);
  return calls > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(calls);
}

import { ZERO_NANO, nanoUsd, type NanoUsd } from "#kernel";
import { idempotencyName } from "./idempotency.ts";
import { BUDGET_PERIODS } from "./period-key.ts";
import { secondOf } from "./second-of.ts";
import {
  sharedScope,
  type AccountState,
  type Bucket,
  type BudgetScope,
  type Hold,
  type KeyState,
  type LeaseState,
} from "./state.ts";

const NO_USE: Bucket = { requests: 0, tokens: 0 };

/** The key and the shared scopes of these names: where an amount counts. */
export function budgetScopes(state: AccountState, key: KeyState, names: readonly string[]): readonly BudgetScope[] {
  return [key, ...names.map((name) => sharedScope(state, name))];
}

/** Adds a hold to the state and to every sum derived from open holds. */
export function insertHold(state: AccountState, key: KeyState, hold: Hold): void {
  state.holds.set(hold.id, hold);
  state.heldNano = nanoUsd(state.heldNano + hold.heldNano);
  key.openHolds += 1;
  if (hold.idempotencyHash !== null) {
    state.runningIdempotency.set(idempotencyName(hold.keyHash, hold.idempotencyHash), hold.id);
  }
  addHeld(state, key, hold, hold.heldNano);
}

/** Adds to what an open hold holds, and to every sum derived from it. */
export function growHold(state: AccountState, key: KeyState, hold: Hold, addedNano: NanoUsd): void {
  hold.heldNano = nanoUsd(hold.heldNano + addedNano);
  state.heldNano = nanoUsd(state.heldNano + addedNano);
  addHeld(state, key, hold, addedNano);
  state.changes.holds.add(hold.id);
}

/** Takes a hold out of the state and out of every sum derived from open holds. */
export function removeHold(state: AccountState, key: KeyState, hold: Hold): void {
  state.holds.delete(hold.id);
  state.heldNano = nanoUsd(state.heldNano - hold.heldNano);
  key.openHolds -= 1;
  if (hold.idempotencyHash !== null) {
    state.runningIdempotency.delete(idempotencyName(hold.keyHash, hold.idempotencyHash));
  }
  addHeld(state, key, hold, nanoUsd(0n - hold.heldNano));
}

function addHeld(state: AccountState, key: KeyState, { periods, scopes }: Hold, amountNano: NanoUsd): void {
  for (const { heldNano } of budgetScopes(state, key, scopes)) {
    for (const period of BUDGET_PERIODS) addTo(heldNano, periods[period], amountNano);
  }
}

/** Adds a lease, or what is left of it, to the state and to every sum derived from open leases. */
export function insertLease(state: AccountState, key: KeyState, lease: LeaseState): void {
  state.leases.set(lease.id, lease);
  sumLease(state, key, lease, 1);
}

/** Takes a lease out of the state and out of every sum derived from open leases. */
export function removeLease(state: AccountState, key: KeyState, lease: LeaseState): void {
  state.leases.delete(lease.id);
  sumLease(state, key, lease, -1);
}

function sumLease(state: AccountState, key: KeyState, lease: LeaseState, sign: 1 | -1): void {
  const nano = sign === 1 ? lease.nano : nanoUsd(0n - lease.nano);
  state.leasedNano = nanoUsd(state.leasedNano + nano);
  state.leasedSlots += sign * lease.slots;
  for (const { leasedNano } of budgetScopes(state, key, lease.scopes)) {
    for (const period of BUDGET_PERIODS) addTo(leasedNano, lease.periods[period], nano);
  }
  const { leased, leasedBuckets } = key;
  key.leased = { leases: leased.leases + sign, slots: leased.slots + sign * lease.slots };
  // In the last second in which it can be used.
  const second = secondOf(lease.expiresMs);
  const bucket = leasedBuckets.get(second) ?? NO_USE;
  const requests = bucket.requests + sign * lease.requests;
  const tokens = bucket.tokens + sign * lease.tokens;
  if (requests === 0 && tokens === 0) leasedBuckets.delete(second);
  else leasedBuckets.set(second, { requests, tokens });
}

function addTo(sums: Map<string, NanoUsd>, period: string, amountNano: NanoUsd): void {
  const sum = nanoUsd((sums.get(period) ?? ZERO_NANO) + amountNano);
  if (sum === 0n) sums.delete(period);
  else sums.set(period, sum);
}

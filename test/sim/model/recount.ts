import { isDeepStrictEqual } from "node:util";
import { restoreAccount, type AccountState } from "#admission";
import { ensure, type Figures } from "../engine/violation.ts";
import type { MemoryRows } from "../../unit/admission/memory-rows.ts";
import type { Books } from "./books.ts";
import type { ScopeBooks } from "./scope-books.ts";

/** The sums, after every turn: a handful of comparisons. */
export function compareSums(books: Books, state: AccountState): void {
  const figures = (): Figures => ({
    balance: [state.balanceNano, books.balanceNano],
    held: [state.heldNano, books.heldNano],
    leased: [state.leasedNano, books.leasedNano],
    leasedSlots: [state.leasedSlots, books.leasedSlots],
    holds: [state.holds.size, books.openCalls.size],
    leases: [state.leases.size, books.openLeases.size],
    counters: state.counters,
    counts: books.counts,
  });
  const { counters } = state;
  const isSame =
    state.balanceNano === books.balanceNano &&
    state.heldNano === books.heldNano &&
    state.leasedNano === books.leasedNano &&
    state.leasedSlots === books.leasedSlots &&
    state.holds.size === books.openCalls.size &&
    state.leases.size === books.openLeases.size &&
    counters.settled === books.counts.settled &&
    counters.swept === books.counts.swept &&
    counters.corrected === books.counts.corrected &&
    counters.overHold === books.counts.overHold &&
    (counters.leasesLost ?? 0) === books.counts.leasesLost;
  ensure(isSame, "conservation", "the account's sums are not the books' [account, books]", figures);
  const availableNano = books.freeNano - books.leasedNano;
  ensure(availableNano + books.owedNano >= 0n, "limits", "more was given away than overruns explain", figures);
}

/** Everything, now and then: each hold, each lease, each derived sum, and the state that the rows would restore. */
export function recount(books: Books, state: AccountState, rows: MemoryRows): void {
  for (const [id, hold] of state.holds) {
    const call = books.openCalls.get(id);
    const isSame =
      call?.heldNano === hold.heldNano &&
      call.deadlineMs === hold.deadlineMs &&
      call.isLate === hold.isLate &&
      isDeepStrictEqual(call.periods, hold.periods) &&
      (call.checkpoint?.costNano.toString() ?? null) === (hold.checkpoint?.cost_nano ?? null);
    ensure(isSame, "conservation", "a hold is not what the books say", () => ({ hold, call }));
  }
  for (const [id, lease] of state.leases) {
    const known = books.openLeases.get(id);
    const { nano, requests, tokens, slots, expiresMs, deadlineMs } = lease;
    const isSame =
      known?.expiresMs === expiresMs &&
      known.deadlineMs === deadlineMs &&
      isDeepStrictEqual(known.left, { nano, requests, tokens, slots }) &&
      isDeepStrictEqual(known.periods, lease.periods);
    ensure(isSame, "conservation", "a lease is not what the books say", () => ({ lease, known: known?.left }));
  }
  for (const hash of state.keys.keys()) recountKey(books, state, hash);
  for (const scope of state.scopes.values()) recountScope(books.scopeOf(scope.name), scope);
  recountLots(books, state);
  recountTaken(books, state);
  compareRestored(state, rows);
}

function recountKey(books: Books, state: AccountState, hash: string): void {
  const key = state.keys.get(hash);
  const known = books.keyOf(hash);
  if (key === undefined) return;
  recountScope(known.scope, key);
  const { slots } = known.leasedParts;
  const isSame =
    key.openHolds === known.openHolds && isDeepStrictEqual(key.leased, { leases: known.openLeases, slots });
  ensure(isSame, "conservation", "a key's counts are not the books' [account, books]", () => ({
    hash,
    openHolds: [key.openHolds, known.openHolds],
    parts: [key.leased, known.leasedParts],
  }));
}

type StateScope = Pick<
  AccountState["keys"] extends Map<string, infer Key> ? Key : never,
  "spend" | "heldNano" | "leasedNano"
>;

function recountScope(known: ScopeBooks, { spend, heldNano, leasedNano }: StateScope): void {
  const isSame =
    isDeepStrictEqual(heldNano, known.held.open) &&
    isDeepStrictEqual(leasedNano, known.leased.open) &&
    [...spend.values()].every(({ period, spentNano }) => spentNano === known.spent.of(period));
  ensure(isSame, "conservation", "a scope's sums are not the books' [account, books]", () => ({
    scope: known.name,
    held: [heldNano, known.held.open],
    leased: [leasedNano, known.leased.open],
    spent: [[...spend.values()], [...known.spent.open]],
  }));
}

function recountLots({ lots, balanceNano }: Books, state: AccountState): void {
  const figures = (): Figures => ({
    lots: [state.lots, lots.lots],
    owed: [state.debtNano, lots.owedNano],
    balanceNano,
  });
  const inOrder = state.lots.map(({ priority, expiresMs, remainingNano }) => ({
    priority,
    expiresMs,
    nano: remainingNano,
  }));
  const isSame = isDeepStrictEqual(inOrder, lots.lots) && state.debtNano === lots.owedNano;
  ensure(isSame, "conservation", "the wallet's lots are not the books' [account, books]", figures);
  ensure(
    lots.sumNano - lots.owedNano === balanceNano,
    "conservation",
    "lots less what is owed is not the balance",
    figures,
  );
}

function recountTaken({ costNano, expiredNano }: Books, { taken }: AccountState): void {
  const isSame = taken.receiptsNano + taken.correctionsNano === costNano && taken.expiriesNano === expiredNano;
  ensure(isSame, "conservation", "what was ever taken is not what the books say", () => ({
    taken,
    costNano,
    expiredNano,
  }));
}

/** What a restart would find is what is in memory. Only between turns, when nothing waits to be written. */
export function compareRestored(state: AccountState, rows: MemoryRows): void {
  const restored = restoreAccount(rows.stored());
  ensure(isDeepStrictEqual(restored, state), "conservation", "a restart would restore something else", () =>
    differences(restored, state),
  );
}

function differences(restored: AccountState, state: AccountState): Figures {
  const entries = Object.entries(state).filter(
    ([name, value]) => !isDeepStrictEqual(Reflect.get(restored, name), value),
  );
  return Object.fromEntries(
    entries.map(([name, value]) => [name, { restored: Reflect.get(restored, name), memory: value }]),
  );
}

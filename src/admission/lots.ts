import { nanoUsd, newId, ZERO_NANO, type CreditExpiry, type NanoUsd } from "#kernel";
import { type AccountState, type AdmissionContext, type Lot } from "./state.ts";
import { enqueue } from "./outbox.ts";

/** Credit that somebody paid for, and that does not expire, is used last. */
export const PAID_PRIORITY = 20;

/** Puts credit into the wallet: it pays what is owed first, and the rest is used in the lot's turn. */
export function addCredit(state: AccountState, amountNano: NanoUsd, lot: Pick<Lot, "priority" | "expiresMs">): void {
  const paidNano = least(amountNano, state.debtNano);
  state.debtNano = nanoUsd(state.debtNano - paidNano);
  addToLot(state, lot, nanoUsd(amountNano - paidNano));
  state.balanceNano = nanoUsd(state.balanceNano + amountNano);
  state.changes.wallet = true;
}

/**
 * Takes a signed amount from the wallet, lot by lot in the order of use. What no lot covers is owed: the balance goes
 * below zero. What comes back (a correction) pays what is owed, and else becomes credit that does not expire.
 */
export function debit(state: AccountState, amountNano: NanoUsd): void {
  if (amountNano < 0n) {
    addCredit(state, nanoUsd(0n - amountNano), { priority: PAID_PRIORITY, expiresMs: null });
    return;
  }
  let left = amountNano;
  while (left > 0n) {
    const [lot] = state.lots;
    if (lot === undefined) break;
    const taken = least(left, lot.remainingNano);
    left = nanoUsd(left - taken);
    const remainingNano = nanoUsd(lot.remainingNano - taken);
    state.lots = remainingNano === 0n ? state.lots.slice(1) : [{ ...lot, remainingNano }, ...state.lots.slice(1)];
  }
  state.debtNano = nanoUsd(state.debtNano + left);
  state.balanceNano = nanoUsd(state.balanceNano - amountNano);
  state.changes.wallet = true;
}

/**
 * Lets go of credit whose time is over. What running calls and leases hold is left to them, out of whatever credit there
 * is: only where there is no other does some of this one stay, and goes when they end without it.
 */
export function expireCredit(state: AccountState, { nowMs, random }: Pick<AdmissionContext, "nowMs" | "random">): void {
  for (const lot of state.lots) {
    if (lot.expiresMs === null || lot.expiresMs > nowMs) continue;
    const freeNano = nanoUsd(state.balanceNano - state.heldNano - state.leasedNano);
    const amountNano = least(lot.remainingNano, freeNano);
    if (amountNano <= 0n) continue;
    addToLot(state, lot, nanoUsd(0n - amountNano));
    state.balanceNano = nanoUsd(state.balanceNano - amountNano);
    state.changes.wallet = true;
    enqueue(state, { type: "expiry", expiry: expiryOf(state, amountNano, lot.expiresMs, { nowMs, random }) }, nowMs);
  }
}

/** When credit next expires, epoch ms; null when none does. */
export function nextExpiryMs(state: AccountState): number | null {
  let nextMs: number | null = null;
  for (const { expiresMs } of state.lots) {
    if (expiresMs !== null && (nextMs === null || expiresMs < nextMs)) nextMs = expiresMs;
  }
  return nextMs;
}

function expiryOf(
  state: AccountState,
  amountNano: NanoUsd,
  expiresMs: number,
  { nowMs, random }: Pick<AdmissionContext, "nowMs" | "random">,
): CreditExpiry {
  return {
    id: newId("expiry", { nowMs: () => nowMs }, random),
    occurred_at: new Date(nowMs).toISOString(),
    org_id: state.organization?.id ?? "",
    amount_nano: amountNano.toString(),
    expired_at: new Date(expiresMs).toISOString(),
  };
}

/** Credit of one priority and one end is one lot: their number stays small however often somebody pays. */
function addToLot(
  state: AccountState,
  { priority, expiresMs }: Pick<Lot, "priority" | "expiresMs">,
  nano: NanoUsd,
): void {
  const isSame = (lot: Lot): boolean => lot.priority === priority && lot.expiresMs === expiresMs;
  const known = state.lots.find(isSame)?.remainingNano ?? ZERO_NANO;
  const remainingNano = nanoUsd(known + nano);
  const others = state.lots.filter((lot) => !isSame(lot));
  const lots = remainingNano === 0n ? others : [...others, { priority, expiresMs, remainingNano }];
  state.lots = lots.toSorted(inOrderOfUse);
}

/** By priority, then what ends sooner. */
function inOrderOfUse(one: Lot, other: Lot): number {
  if (one.priority !== other.priority) return one.priority - other.priority;
  return (one.expiresMs ?? Infinity) < (other.expiresMs ?? Infinity) ? -1 : 1;
}

const least = (one: NanoUsd, other: NanoUsd): NanoUsd => (one < other ? one : other);

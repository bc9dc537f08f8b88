import { nanoUsd, type ErrorCode, type NanoUsd } from "#kernel";
import { budgetUse } from "./budget.ts";
import type { PeriodKeys } from "./period-key.ts";
import type { AccountState, KeyState } from "./state.ts";

/** One limit on money, and what is left of it: beside open holds, and of that with leases. */
export interface MoneyRoom {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string>>;
  /** Limit less what is spent and held. Negative where more was used than the limit now allows. */
  readonly freeNano: NanoUsd;
  readonly leasedNano: NanoUsd;
  /** The balance itself: what costs nothing does not ask it. */
  readonly isWallet: boolean;
}

/** Every limit on money that a call of the key and these periods meets, the wallet last. */
export function moneyRooms(state: AccountState, key: KeyState, periods: PeriodKeys): readonly MoneyRoom[] {
  return [...budgetRooms(key, periods), walletRoom(state)];
}

function budgetRooms(key: KeyState, periods: PeriodKeys): readonly MoneyRoom[] {
  const { budget } = key.record;
  if (budget === null) return [];
  const { period, limitNano } = budget;
  const { spentNano, heldNano, leasedNano } = budgetUse(key, period, periods[period]);
  const freeNano = nanoUsd(limitNano - spentNano - heldNano);
  return [{ code: "key_budget_exceeded", params: { period }, freeNano, leasedNano, isWallet: false }];
}

function walletRoom({ balanceNano, heldNano, leasedNano }: AccountState): MoneyRoom {
  const freeNano = nanoUsd(balanceNano - heldNano);
  return { code: "insufficient_credit", params: {}, freeNano, leasedNano, isWallet: true };
}

/** What the narrowest of the rooms has left beside holds and leases. Throws RangeError where there is none. */
export function leastLeft(rooms: readonly MoneyRoom[]): NanoUsd {
  const [first, ...others] = rooms.map(({ freeNano, leasedNano }) => nanoUsd(freeNano - leasedNano));
  if (first === undefined) throw new RangeError("no limit on money");
  return others.reduce((least, left) => (left < least ? left : least), first);
}

import { nanoUsd, type ErrorCode, type NanoUsd } from "#kernel";
import { budgetUse, currentPeriods } from "./budget.ts";
import type { PeriodKeys } from "./period-key.ts";
import { scopeKind, scopeNamesOf } from "./scope-name.ts";
import type { AccountState, BudgetScope, KeyState } from "./state.ts";
import type { BudgetLimit } from "./control-types.ts";

/** One limit on money, and what is left of it: beside open holds, and of that with leases. */
export interface MoneyRoom {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string>>;
  /** Limit less what is spent and held. Negative where more was used than the limit now allows. */
  readonly freeNano: NanoUsd;
  readonly leasedNano: NanoUsd;
  /** The budget that it is; null for the balance itself: what costs nothing does not ask that one. */
  readonly budget: { readonly scope: BudgetScope; readonly name: string; readonly limit: BudgetLimit } | null;
}

/** The call that meets the limits: its key, the shared scopes that it counts in, and its periods. */
export interface MoneyQuestion {
  readonly key: KeyState;
  readonly scopes: readonly string[];
  readonly periods: PeriodKeys;
}

/** What a call of the key admitted now would meet. */
export function moneyQuestion(state: AccountState, key: KeyState, nowMs: number): MoneyQuestion {
  return { key, scopes: scopeNamesOf(key.record), periods: currentPeriods(state, key, nowMs) };
}

/** Every limit on money that a call meets, the wallet last. */
export function moneyRooms(state: AccountState, { key, scopes, periods }: MoneyQuestion): readonly MoneyRoom[] {
  const rooms: MoneyRoom[] = [];
  const add = (
    scope: BudgetScope,
    name: string,
    limit: BudgetLimit,
    told: Pick<MoneyRoom, "code" | "params">,
  ): void => {
    const { spentNano, heldNano, leasedNano } = budgetUse(scope, limit.period, periods[limit.period]);
    const freeNano = nanoUsd(limit.limitNano - spentNano - heldNano);
    rooms.push({ ...told, freeNano, leasedNano, budget: { scope, name, limit } });
  };
  const { budget, id } = key.record;
  if (budget !== null) {
    add(key, `key ${id}`, budget, { code: "key_budget_exceeded", params: { period: budget.period } });
  }
  for (const name of scopes) {
    const scope = state.scopes.get(name);
    if (scope === undefined) continue;
    for (const limit of scope.limits) {
      add(scope, name, limit, { code: "budget_exceeded", params: { scope: scopeKind(name), period: limit.period } });
    }
  }
  rooms.push(walletRoom(state));
  return rooms;
}

function walletRoom({ balanceNano, heldNano, leasedNano }: AccountState): MoneyRoom {
  const freeNano = nanoUsd(balanceNano - heldNano);
  return { code: "insufficient_credit", params: {}, freeNano, leasedNano, budget: null };
}

/** What the narrowest of the rooms has left beside holds and leases. Throws RangeError where there is none. */
export function leastLeft(rooms: readonly MoneyRoom[]): NanoUsd {
  const [first, ...others] = rooms.map(({ freeNano, leasedNano }) => nanoUsd(freeNano - leasedNano));
  if (first === undefined) throw new RangeError("no limit on money");
  return others.reduce((least, left) => (left < least ? left : least), first);
}

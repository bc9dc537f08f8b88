import { ZERO_NANO, nanoUsd, type NanoUsd } from "#kernel";
import { BUDGET_PERIODS, periodKeys, type PeriodKeys } from "./period-key.ts";
import { ORGANIZATION_SCOPE } from "./scope-name.ts";
import { type AccountState, type BudgetScope, type KeyState, type Spend } from "./state.ts";
import { budgetScopes } from "./hold-sums.ts";
import type { BudgetPeriod } from "./control-types.ts";

export interface BudgetUse {
  readonly spentNano: NanoUsd;
  readonly heldNano: NanoUsd;
  /** What leases have of it. */
  readonly leasedNano: NanoUsd;
}

/**
 * The periods that a call of the key admitted now belongs to, in the organization's time zone. A clock that went back, or
 * a zone further west, does not reopen a period that has ended: the later of the clock's and the last one spent in counts.
 */
export function currentPeriods(state: AccountState, key: KeyState, nowMs: number): PeriodKeys {
  const now = periodKeys(nowMs, state.organization?.timeZone);
  const all = state.scopes.get(ORGANIZATION_SCOPE);
  const later = (period: BudgetPeriod): string => {
    const lasts = [key.spend.get(period)?.period, all?.spend.get(period)?.period];
    return lasts.reduce<string>((latest, last) => (last !== undefined && last > latest ? last : latest), now[period]);
  };
  return { day: later("day"), week: later("week"), month: later("month"), total: "total" };
}

/** Spent in the period of a name, and held by open calls and leases that belong to it. */
export function budgetUse(scope: BudgetScope, period: BudgetPeriod, name: string): BudgetUse {
  const spends = [scope.spend.get(period), scope.previousSpend.get(period)];
  return {
    spentNano: spends.find((spend) => spend?.period === name)?.spentNano ?? ZERO_NANO,
    heldNano: scope.heldNano.get(name) ?? ZERO_NANO,
    leasedNano: scope.leasedNano.get(name) ?? ZERO_NANO,
  };
}

/** Where a cost counts: the key, the shared scopes and the periods of the call's admission. */
export interface Booking {
  readonly key: KeyState;
  readonly scopes: readonly string[];
  readonly periods: PeriodKeys;
}

/**
 * Books a cost (signed) into the periods its call was admitted in. The last two of each kind are kept; what is older
 * than both is not counted any more.
 */
export function addSpend(state: AccountState, { key, scopes, periods }: Booking, amountNano: NanoUsd): void {
  for (const scope of budgetScopes(state, key, scopes)) {
    for (const period of BUDGET_PERIODS) addTo(scope, period, periods[period], amountNano);
  }
  state.changes.keys.add(key.record.hash);
  for (const name of scopes) state.changes.scopes.add(name);
}

function addTo(scope: BudgetScope, period: BudgetPeriod, name: string, amountNano: NanoUsd): void {
  const last = scope.spend.get(period);
  if (last === undefined || name > last.period) {
    if (last !== undefined) scope.previousSpend.set(period, last);
    scope.spend.set(period, { period: name, spentNano: amountNano });
  } else if (name === last.period) scope.spend.set(period, added(last, amountNano));
  else addPrevious(scope, period, name, amountNano);
}

function addPrevious(scope: BudgetScope, period: BudgetPeriod, name: string, amountNano: NanoUsd): void {
  const previous = scope.previousSpend.get(period);
  if (previous === undefined || name > previous.period) {
    scope.previousSpend.set(period, { period: name, spentNano: amountNano });
  } else if (name === previous.period) scope.previousSpend.set(period, added(previous, amountNano));
}

const added = ({ period, spentNano }: Spend, amountNano: NanoUsd): Spend => ({
  period,
  spentNano: nanoUsd(spentNano + amountNano),
});

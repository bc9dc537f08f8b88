import { ZERO_NANO, nanoUsd, type NanoUsd } from "#kernel";
import { BUDGET_PERIODS, periodKeys, type PeriodKeys } from "./period-key.ts";
import type { AccountState, KeyState } from "./state.ts";
import type { BudgetPeriod } from "./types.ts";

export interface BudgetUse {
  readonly spentNano: NanoUsd;
  readonly heldNano: NanoUsd;
}

/**
 * The periods that a call admitted now belongs to. A clock that went back does not reopen a period that has ended:
 * the later of the clock's period and the last one spent in counts.
 */
export function currentPeriods(key: KeyState, nowMs: number): PeriodKeys {
  const now = periodKeys(nowMs);
  const later = (period: BudgetPeriod): string => {
    const last = key.spend.get(period)?.period ?? now[period];
    return last > now[period] ? last : now[period];
  };
  return { day: later("day"), week: later("week"), month: later("month"), total: "total" };
}

/** Spent in the period, and held by open calls that were admitted in it. */
export function budgetUse(key: KeyState, period: BudgetPeriod, nowMs: number): BudgetUse {
  const current = currentPeriods(key, nowMs)[period];
  const spend = key.spend.get(period);
  return {
    spentNano: spend?.period === current ? spend.spentNano : ZERO_NANO,
    heldNano: key.heldNano.get(current) ?? ZERO_NANO,
  };
}

/** Books a cost (signed) into the periods its call was admitted in. A period that is over is not counted any more. */
export function addSpend(state: AccountState, key: KeyState, periods: PeriodKeys, amountNano: NanoUsd): void {
  for (const period of BUDGET_PERIODS) {
    const last = key.spend.get(period);
    const name = periods[period];
    if (last === undefined || name > last.period) key.spend.set(period, { period: name, spentNano: amountNano });
    else if (name === last.period) {
      key.spend.set(period, { period: name, spentNano: nanoUsd(last.spentNano + amountNano) });
    }
  }
  state.changes.keys.add(key.record.hash);
}

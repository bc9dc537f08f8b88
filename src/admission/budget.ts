import { ZERO_NANO, nanoUsd, type NanoUsd } from "#kernel";
import { BUDGET_PERIODS, periodKeys, type PeriodKeys } from "./period-key.ts";
import type { AccountState, KeyState, Spend } from "./state.ts";
import type { BudgetPeriod } from "./types.ts";

export interface BudgetUse {
  readonly spentNano: NanoUsd;
  readonly heldNano: NanoUsd;
  /** What leases have of it. */
  readonly leasedNano: NanoUsd;
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

/** Spent in the period of a name, and held by open calls and leases that belong to it. */
export function budgetUse(key: KeyState, period: BudgetPeriod, name: string): BudgetUse {
  const spends = [key.spend.get(period), key.previousSpend.get(period)];
  return {
    spentNano: spends.find((spend) => spend?.period === name)?.spentNano ?? ZERO_NANO,
    heldNano: key.heldNano.get(name) ?? ZERO_NANO,
    leasedNano: key.leasedNano.get(name) ?? ZERO_NANO,
  };
}

/**
 * Books a cost (signed) into the periods its call was admitted in. The last two of each kind are kept; what is older
 * than both is not counted any more.
 */
export function addSpend(state: AccountState, key: KeyState, periods: PeriodKeys, amountNano: NanoUsd): void {
  for (const period of BUDGET_PERIODS) {
    const last = key.spend.get(period);
    const name = periods[period];
    if (last === undefined || name > last.period) {
      if (last !== undefined) key.previousSpend.set(period, last);
      key.spend.set(period, { period: name, spentNano: amountNano });
    } else if (name === last.period) key.spend.set(period, added(last, amountNano));
    else addPrevious(key, period, name, amountNano);
  }
  state.changes.keys.add(key.record.hash);
}

function addPrevious(key: KeyState, period: BudgetPeriod, name: string, amountNano: NanoUsd): void {
  const previous = key.previousSpend.get(period);
  if (previous === undefined || name > previous.period) {
    key.previousSpend.set(period, { period: name, spentNano: amountNano });
  } else if (name === previous.period) key.previousSpend.set(period, added(previous, amountNano));
}

const added = ({ period, spentNano }: Spend, amountNano: NanoUsd): Spend => ({
  period,
  spentNano: nanoUsd(spentNano + amountNano),
});

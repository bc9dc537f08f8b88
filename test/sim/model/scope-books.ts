import { BUDGET_PERIODS, type BudgetLimit, type BudgetPeriod, type PeriodKeys } from "#admission";

/** Amounts by the name of a period. */
class PeriodSums {
  readonly #sums = new Map<string, bigint>();

  add(periods: PeriodKeys, amountNano: bigint): void {
    for (const period of BUDGET_PERIODS) {
      const name = periods[period];
      this.#sums.set(name, this.of(name) + amountNano);
    }
  }

  of(name: string): bigint {
    return this.#sums.get(name) ?? 0n;
  }

  /** Without those that came to nothing. */
  get open(): ReadonlyMap<string, bigint> {
    return new Map([...this.#sums].filter(([, sum]) => sum !== 0n));
  }
}

/** One limit on money: what it has beside what is spent and held, and what leases have of that. */
export interface TrueRoom {
  readonly scope: string;
  readonly freeNano: bigint;
  readonly leasedNano: bigint;
}

/** What was truly spent, held and leased in one scope: a key, a member, a tag, the organization. */
export class ScopeBooks {
  readonly name: string;
  limits: readonly BudgetLimit[] = [];
  version = 0;
  readonly spent = new PeriodSums();
  readonly held = new PeriodSums();
  readonly leased = new PeriodSums();
  /** The latest period of each kind that anything was spent in. */
  readonly #lastSpent = new Map<BudgetPeriod, string>();

  constructor(name: string) {
    this.name = name;
  }

  spend(periods: PeriodKeys, amountNano: bigint): void {
    this.spent.add(periods, amountNano);
    for (const period of BUDGET_PERIODS) {
      const last = this.#lastSpent.get(period);
      if (last === undefined || periods[period] > last) this.#lastSpent.set(period, periods[period]);
    }
  }

  /** The later of a period and the last one that was spent in. */
  latest(period: BudgetPeriod, name: string): string {
    const last = this.#lastSpent.get(period) ?? name;
    return last > name ? last : name;
  }

  rooms(periods: PeriodKeys): TrueRoom[] {
    return this.limits.map(({ period, limitNano }) => {
      const name = periods[period];
      return {
        scope: `${this.name} (${period})`,
        freeNano: limitNano - this.spent.of(name) - this.held.of(name),
        leasedNano: this.leased.of(name),
      };
    });
  }
}

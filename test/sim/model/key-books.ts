import { BUDGET_PERIODS, periodKeys, type BudgetPeriod, type KeyRecord, type PeriodKeys } from "#admission";
import type { Parts, TrueCall, TrueLease } from "./true-records.ts";

/** Uses are kept for as long as any question about a window may reach back. */
const USES_KEPT_MS = 200_000;

export interface WindowUses {
  readonly requests: number;
  readonly tokens: number;
}

interface Use {
  readonly call: TrueCall;
  readonly atMs: number;
}

interface LimitsSince {
  readonly sinceMs: number;
  readonly record: KeyRecord;
}

/** Amounts by the name of a period. */
export class PeriodSums {
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

/** What one key truly used, and may use. */
export class KeyBooks {
  record: KeyRecord;
  version: number;
  /** Since when it cannot be used, in the world's time; null while it can. */
  shutSinceMs: number | null = null;
  /** Likewise, since when it has to ask for every call. */
  strictSinceMs: number | null = null;
  readonly spent = new PeriodSums();
  readonly held = new PeriodSums();
  readonly leased = new PeriodSums();
  readonly leasedParts: Parts = { nano: 0n, requests: 0, tokens: 0, slots: 0 };
  openHolds = 0;
  openLeases = 0;
  /** The latest period of each kind that anything was spent in. */
  readonly #lastSpent = new Map<BudgetPeriod, string>();
  #uses: Use[] = [];
  #history: LimitsSince[] = [];

  constructor(record: KeyRecord, version: number, nowMs: number) {
    this.record = record;
    this.version = version;
    this.learn(record, version, nowMs);
  }

  learn(record: KeyRecord, version: number, nowMs: number): void {
    this.record = record;
    this.version = version;
    this.shutSinceMs = record.status === "active" ? null : (this.shutSinceMs ?? nowMs);
    this.strictSinceMs = record.strict === true ? (this.strictSinceMs ?? nowMs) : null;
    this.#history.push({ sinceMs: nowMs, record });
  }

  spend(periods: PeriodKeys, amountNano: bigint): void {
    this.spent.add(periods, amountNano);
    for (const period of BUDGET_PERIODS) {
      const last = this.#lastSpent.get(period);
      if (last === undefined || periods[period] > last) this.#lastSpent.set(period, periods[period]);
    }
  }

  /** A clock that went back does not reopen a period that is over. */
  periodsAt(accountMs: number): PeriodKeys {
    const now = periodKeys(accountMs);
    const later = (period: BudgetPeriod): string => {
      const last = this.#lastSpent.get(period) ?? now[period];
      return last > now[period] ? last : now[period];
    };
    return { day: later("day"), week: later("week"), month: later("month"), total: later("total") };
  }

  /** What its budget has beside what is spent and held, and what leases have of that; null without one. */
  budgetAt(periods: PeriodKeys): { readonly freeNano: bigint; readonly leasedNano: bigint } | null {
    const { budget } = this.record;
    if (budget === null) return null;
    const name = periods[budget.period];
    return {
      freeNano: budget.limitNano - this.spent.of(name) - this.held.of(name),
      leasedNano: this.leased.of(name),
    };
  }

  use(call: TrueCall, atMs: number): void {
    this.#uses.push({ call, atMs });
    if ((this.#uses[0]?.atMs ?? atMs) < atMs - 2 * USES_KEPT_MS) {
      this.#uses = this.#uses.filter((use) => use.atMs >= atMs - USES_KEPT_MS);
    }
  }

  /** Calls admitted less than `windowMs` ago, and the tokens that they count; null leaves one out. */
  usesWithin(windowMs: number, nowMs: number, tokensOf: (call: TrueCall) => number | null): WindowUses {
    let requests = 0;
    let tokens = 0;
    for (let index = this.#uses.length - 1; index >= 0; index -= 1) {
      const use = this.#uses[index];
      if (use === undefined || use.atMs <= nowMs - windowMs) break;
      const counted = tokensOf(use.call);
      if (counted === null) continue;
      requests += 1;
      tokens += counted;
    }
    return { requests, tokens };
  }

  /** The loosest limit of a kind that was known at any time since. */
  loosestSince(sinceMs: number, kind: "requestsPerMinute" | "tokensPerMinute" | "concurrency"): number {
    const first = this.#history.findLastIndex((entry) => entry.sinceMs <= sinceMs);
    if (first > 0) this.#history = this.#history.slice(first);
    return Math.max(...this.#history.map(({ record }) => record[kind] ?? Infinity));
  }

  lease({ periods, left }: TrueLease, sign: 1 | -1): void {
    this.leased.add(periods, sign === 1 ? left.nano : -left.nano);
    this.openLeases += sign;
    const parts = this.leasedParts;
    parts.nano += sign === 1 ? left.nano : -left.nano;
    parts.requests += sign * left.requests;
    parts.tokens += sign * left.tokens;
    parts.slots += sign * left.slots;
  }
}

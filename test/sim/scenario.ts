import {
  DEFAULT_ACCOUNT_LIMITS,
  memberScope,
  ORGANIZATION_SCOPE,
  periodEndsMs,
  tagScope,
  type AccountLimits,
  type BudgetPeriod,
  type BudgetTimeZone,
  type TellerBounds,
} from "#admission";
import { SeededRandom } from "./engine/seeded-random.ts";

/** How often what goes wrong; 0 is never. Probabilities are for each occasion, means are of the time between two. */
export interface Faults {
  /** Of a message to be slow. */
  readonly slow: number;
  readonly lostRequest: number;
  readonly lostReply: number;
  /** Of a lost message to leave its sender without even an error. */
  readonly silent: number;
  readonly twice: number;
  readonly failedWrite: number;
  readonly alarmTwice: number;
  /** Of a request to be dropped with all that it had under way. */
  readonly droppedRequest: number;
  readonly restartMeanMs: number;
  readonly deathMeanMs: number;
  readonly jumpMeanMs: number;
  readonly jumpMaxMs: number;
  readonly partitionMeanMs: number;
  readonly ledgerLostRequest: number;
  readonly ledgerLostReply: number;
  readonly ledgerOutageMeanMs: number;
  /** Of a receipt to be refused by the ledger until the run's end. */
  readonly poison: number;
}

export interface KeyPlan {
  /** Whose key it is, and what it is tagged with: scopes whose budgets keys share. */
  readonly memberId: string | null;
  readonly tags: readonly string[];
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly budgetNano: number | null;
  readonly budgetPeriod: BudgetPeriod;
  readonly strict: boolean;
  /** How long after it was made it expires; null never. */
  readonly expiresAfterMs: number | null;
  /** Mean time between two calls of it in one isolate while it is busy. */
  readonly gapMeanMs: number;
}

export interface ScopeBudget {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly limitNano: number;
}

/** Everything about a run that is decided before it begins, by the seed alone. */
export interface Scenario {
  readonly seed: number;
  readonly startMs: number;
  readonly limits: AccountLimits;
  readonly bounds: Partial<TellerBounds>;
  readonly isolates: number;
  readonly skewMaxMs: number;
  readonly strictOrganization: boolean;
  /** In which days end. */
  readonly timeZone: BudgetTimeZone;
  /** Budgets of scopes that keys share. */
  readonly scopeBudgets: readonly ScopeBudget[];
  readonly creditNano: number;
  readonly keys: readonly KeyPlan[];
  readonly faults: Faults;
  /** Mean time between two words of the control plane. */
  readonly controlMeanMs: number;
  /** Mean length of a phase of traffic, and how likely the next is quiet, or a long night. */
  readonly phaseMeanMs: number;
  readonly quiet: number;
  readonly night: number;
}

const DAY_MS = 86_400_000;
/** A Monday, and the last day but one of a month: midnights of these days end weeks, months and mere days. */
const FIRST_DAY_MS = Date.UTC(2026, 10, 30);
const PERIODS = ["day", "week", "month", "total"] as const;
const ZONES = ["UTC", "UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "America/St_Johns"] as const;
const MEMBERS = ["mem_one", "mem_two"] as const;

export function makeScenario(seed: number): Scenario {
  const random = new SeededRandom(seed, "scenario");
  const requestMaxMs = random.between(66_000, 130_000);
  const admitTimeoutMs = random.between(1_000, 5_000);
  const timeZone = random.pick(ZONES);
  const dayEndsMs = periodEndsMs(FIRST_DAY_MS + random.between(-2, 1) * DAY_MS, timeZone);
  return {
    seed,
    // Shortly before midnight, more often than not: periods end while calls run.
    startMs: dayEndsMs - random.between(1_000, random.chance(0.7) ? 200_000 : DAY_MS),
    timeZone,
    scopeBudgets: makeScopeBudgets(random),
    limits: {
      ...DEFAULT_ACCOUNT_LIMITS,
      requestMaxMs,
      // Short ones too, so that ends come after the sweep. The longest request is always longer than a window and a lease's
      // life together, as in production.
      holdGraceMs: random.magnitude(100, 60_000),
      leaseLifeMs: random.between(1_000, 6_000),
      leaseLifeMinMs: random.between(200, 1_000),
      leaseCallsMax: random.pick([4, 32, 256]),
      leasesMax: random.pick([2, 16, 1_000, 1_000]),
      openHoldsMax: random.pick([60, 1_000, 10_000, 10_000]),
      flushRowsMax: random.pick([1, 5, 100]),
      sweepStepMax: random.pick([1, 7, 500]),
      pruneStepMax: random.pick([3, 1_000]),
      idempotencyKeysMax: random.chance(0.2) ? 3 : 20_000,
    },
    bounds: {
      admitTimeoutMs,
      settleTimeoutMs: admitTimeoutMs,
      coalesceMs: random.pick([0, 5, 50]),
      idleCoalesceMs: random.pick([0, 5, 100, 500]),
      batchMax: random.pick([1, 3, 64]),
      pendingMax: random.pick([5, 10_000]),
      tellAfterMs: random.pick([100, 1_000, 10_000]),
      desksMax: random.pick([1, 1_000]),
    },
    isolates: random.between(1, 4),
    skewMaxMs: random.between(0, 2_000),
    strictOrganization: random.chance(0.05),
    // Where there is plenty the keys' limits are met, where there is not the wallet.
    creditNano: random.chance(0.5) ? random.magnitude(5_000_000, 50_000_000) : random.magnitude(5_000, 500_000),
    keys: Array.from({ length: random.between(1, 3) }, () => makeKeyPlan(random)),
    faults: makeFaults(random),
    controlMeanMs: random.magnitude(1_000, 30_000),
    phaseMeanMs: random.between(10_000, 60_000),
    quiet: random.fraction() * 0.5,
    night: random.chance(0.15) ? 0.1 : 0,
  };
}

function makeScopeBudgets(random: SeededRandom): readonly ScopeBudget[] {
  const scopes = [ORGANIZATION_SCOPE, ...MEMBERS.map(memberScope), tagScope("ci")].filter(() => random.chance(0.25));
  return scopes.map((scope) => ({
    scope,
    period: random.pick(PERIODS),
    limitNano: random.magnitude(10_000, 5_000_000),
  }));
}

type Limits = Pick<KeyPlan, "requestsPerMinute" | "tokensPerMinute" | "concurrency" | "budgetNano">;

const NO_LIMITS: Limits = { requestsPerMinute: null, tokensPerMinute: null, concurrency: null, budgetNano: null };

/** One limit that is met again and again shows more than four that hide each other; now and then it is all of them. */
function makeLimits(random: SeededRandom): Limits {
  const requestsPerMinute = random.magnitude(20, 400);
  const tokensPerMinute = random.magnitude(1_000, 60_000);
  const concurrency = random.magnitude(5, 60);
  const budgetNano = random.magnitude(5_000, 1_000_000);
  switch (random.pick(["none", "requests", "tokens", "slots", "budget", "all"])) {
    case "requests":
      return { ...NO_LIMITS, requestsPerMinute };
    case "tokens":
      return { ...NO_LIMITS, tokensPerMinute };
    case "slots":
      return { ...NO_LIMITS, concurrency };
    case "budget":
      return { ...NO_LIMITS, budgetNano };
    case "all":
      return { requestsPerMinute, tokensPerMinute, concurrency, budgetNano };
    default:
      return NO_LIMITS;
  }
}

function makeKeyPlan(random: SeededRandom): KeyPlan {
  return {
    ...makeLimits(random),
    memberId: random.chance(0.5) ? random.pick(MEMBERS) : null,
    tags: random.chance(0.3) ? ["ci"] : [],
    budgetPeriod: random.pick(PERIODS),
    strict: random.chance(0.05),
    expiresAfterMs: random.chance(0.1) ? random.magnitude(10_000, 600_000) : null,
    gapMeanMs: random.magnitude(60, 2_000),
  };
}

/** Each fault is absent from about half of all runs: what one hides another shows. */
function makeFaults(random: SeededRandom): Faults {
  const isCalm = random.chance(0.1);
  const rate = (most: number): number => (isCalm || random.chance(0.5) ? 0 : most * random.fraction());
  const meanMs = (shortest: number): number =>
    isCalm || random.chance(0.4) ? 0 : random.magnitude(shortest, 10 * shortest);
  return {
    slow: rate(0.2),
    lostRequest: rate(0.05),
    lostReply: rate(0.05),
    silent: random.fraction(),
    twice: rate(0.1),
    failedWrite: rate(0.02),
    alarmTwice: rate(0.2),
    droppedRequest: rate(0.1),
    restartMeanMs: meanMs(3_000),
    deathMeanMs: meanMs(10_000),
    jumpMeanMs: meanMs(15_000),
    jumpMaxMs: random.magnitude(10, 5_000),
    partitionMeanMs: meanMs(20_000),
    ledgerLostRequest: rate(0.2),
    ledgerLostReply: rate(0.2),
    ledgerOutageMeanMs: meanMs(20_000),
    poison: rate(0.05),
  };
}

/** How messages travel once the run is to come to rest. */
export const NO_FAULTS: Faults = {
  slow: 0,
  lostRequest: 0,
  lostReply: 0,
  silent: 0,
  twice: 0,
  failedWrite: 0,
  alarmTwice: 0,
  droppedRequest: 0,
  restartMeanMs: 0,
  deathMeanMs: 0,
  jumpMeanMs: 0,
  jumpMaxMs: 0,
  partitionMeanMs: 0,
  ledgerLostRequest: 0,
  ledgerLostReply: 0,
  ledgerOutageMeanMs: 0,
  poison: 0,
};

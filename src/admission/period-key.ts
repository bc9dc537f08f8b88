import type { BudgetPeriod } from "./types.ts";

/** Budgets run in UTC; an organization's own time zone joins this type when it is a setting. */
export type BudgetTimeZone = "UTC";

/** The name of each period that an instant lies in. Names of one kind sort by time. */
export type PeriodKeys = Readonly<Record<BudgetPeriod, string>>;

export const BUDGET_PERIODS = ["day", "week", "month", "total"] as const satisfies readonly BudgetPeriod[];

const DAY_MS = 86_400_000;
const DATE_CHARACTERS = 10;
const MONTH_CHARACTERS = 7;
const DAYS_PER_WEEK = 7;
/** The epoch was a Thursday: three days after the Monday that began its ISO week. */
const EPOCH_WEEKDAY = 3;

/** By period, the name of the one an instant lies in. */
const NAME_PERIOD: Readonly<Record<BudgetPeriod, (nowMs: number) => string>> = {
  day: (nowMs) => dateText(nowMs).slice(0, DATE_CHARACTERS),
  week: (nowMs) => {
    const day = Math.floor(nowMs / DAY_MS);
    const weekday = (((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK;
    return `W${dateText((day - weekday) * DAY_MS).slice(0, DATE_CHARACTERS)}`;
  },
  month: (nowMs) => dateText(nowMs).slice(0, MONTH_CHARACTERS),
  total: () => "total",
};

/**
 * The period that `nowMs` lies in: `2026-11-22`, `W2026-11-16` (the week's Monday, ISO 8601), `2026-11`, or `total`.
 * Periods turn over at midnight of the time zone.
 */
export function periodKey(period: BudgetPeriod, nowMs: number, _timeZone: BudgetTimeZone = "UTC"): string {
  return NAME_PERIOD[period](nowMs);
}

export function periodKeys(nowMs: number, timeZone: BudgetTimeZone = "UTC"): PeriodKeys {
  return {
    day: periodKey("day", nowMs, timeZone),
    week: periodKey("week", nowMs, timeZone),
    month: periodKey("month", nowMs, timeZone),
    total: "total",
  };
}

function dateText(ms: number): string {
  return new Date(ms).toISOString();
}

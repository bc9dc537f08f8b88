import type { BudgetPeriod } from "./control-types.ts";

/** A name of the IANA time zone database that `isTimeZone` knows: parsed at the boundary, trusted here. */
export type BudgetTimeZone = string;

/** The name of each period that an instant lies in. Names of one kind sort by time. */
export type PeriodKeys = Readonly<Record<BudgetPeriod, string>>;

export const BUDGET_PERIODS = ["day", "week", "month", "total"] as const satisfies readonly BudgetPeriod[];

/** A local day, `startMs` in it and `endMs` not, with the names of its periods. */
interface LocalDay {
  readonly startMs: number;
  readonly endMs: number;
  readonly keys: PeriodKeys;
}

/** What a zone's clocks show at an instant, less UTC. */
type OffsetMsAt = (instantMs: number) => number;

interface Zone {
  readonly offsetMsAt: OffsetMsAt;
  /** The day asked for last: nearly every call asks for the same one again. */
  day: LocalDay | null;
}

const UTC = "UTC";
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DATE_CHARACTERS = 10;
const MONTH_CHARACTERS = 7;
const DAYS_PER_WEEK = 7;
/** The epoch was a Thursday: three days after the Monday that began its ISO week. */
const EPOCH_WEEKDAY = 3;
/** No zone was ever further from UTC (Manila's mean time until 1844: 15 h 56 min). */
const MAX_OFFSET_MS = 16 * HOUR_MS;
/** A zone holds an Intl formatter of some 30 kB, so that an isolate spends 4 MB on them at the most. */
const MAX_ZONES = 128;
/** The longest IANA name has 32 (America/Argentina/ComodRivadavia). */
const MAX_ZONE_CHARACTERS = 64;

const ZONE_FORM = /^[a-z][a-z0-9_+/-]*$/i;
/** Names that ICU adds to IANA's. They mislead (to ICU, BST is Bangladesh), and other runtimes do not know them. */
const ICU_NAME =
  /^(?:systemv\/.*|act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/i;
/** How Intl writes `longOffset`; nothing follows GMT where a zone agrees with it. */
const LONG_OFFSET = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** By time zone, the one that joined first standing first. */
const zones = new Map<string, Zone>();

/**
 * The period that `nowMs` lies in: `2026-11-22`, `W2026-11-16` (the week's Monday, ISO 8601), `2026-11`, or `total`.
 * Periods turn over where the zone's local day does (`periodEndsMs`). Throws RangeError for a zone nobody knows.
 */
export function periodKey(period: BudgetPeriod, nowMs: number, timeZone: BudgetTimeZone = UTC): string {
  return localDay(nowMs, timeZone).keys[period];
}

export function periodKeys(nowMs: number, timeZone: BudgetTimeZone = UTC): PeriodKeys {
  return localDay(nowMs, timeZone).keys;
}

/**
 * The first instant of the next local day, when the periods of `nowMs` may be over: the first at which the zone's clocks
 * show a later date than any before. A day whose midnight is skipped begins after the gap; one whose midnight comes twice
 * begins at the first, and does not end when clocks go back over it. Throws RangeError for a zone nobody knows.
 */
export function periodEndsMs(nowMs: number, timeZone: BudgetTimeZone = UTC): number {
  return localDay(nowMs, timeZone).endMs;
}

/**
 * Whether budgets can run in the zone: an IANA name that this runtime knows, links such as `Asia/Calcutta` included, in
 * any case (as ECMA-402 and Postgres match them). Offsets (`+02:00`) are none: they have no daylight saving time.
 */
export function isTimeZone(text: string): boolean {
  return offsetFormat(text) !== null;
}

function localDay(nowMs: number, timeZone: BudgetTimeZone): LocalDay {
  const zone = zones.get(timeZone) ?? addZone(timeZone);
  const last = zone.day;
  // Both ends count: clocks of objects in one isolate differ, and a clock may go back.
  if (last !== null && nowMs >= last.startMs && nowMs < last.endMs) return last;
  const day = findLocalDay(nowMs, zone.offsetMsAt);
  zone.day = day;
  return day;
}

function addZone(timeZone: BudgetTimeZone): Zone {
  const zone: Zone = { offsetMsAt: offsetOf(timeZone), day: null };
  const [first] = zones.keys();
  if (first !== undefined && zones.size >= MAX_ZONES) zones.delete(first);
  zones.set(timeZone, zone);
  return zone;
}

function offsetOf(timeZone: BudgetTimeZone): OffsetMsAt {
  // The default costs no Intl: an isolate's first formatter takes tens of milliseconds.
  if (timeZone === UTC) return () => 0;
  const format = offsetFormat(timeZone);
  if (format === null) throw new RangeError("unknown time zone");
  return (instantMs) => {
    const name = format.formatToParts(instantMs).find((part) => part.type === "timeZoneName");
    return parseOffsetMs(name?.value ?? "");
  };
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat | null {
  if (timeZone.length > MAX_ZONE_CHARACTERS || !ZONE_FORM.test(timeZone) || ICU_NAME.test(timeZone)) return null;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch {
    // Intl has no other way to say that it does not know a zone.
    return null;
  }
}

function parseOffsetMs(text: string): number {
  const match = LONG_OFFSET.exec(text);
  if (match === null) throw new RangeError("malformed offset");
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const offsetMs = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
  return sign === "-" ? -offsetMs : offsetMs;
}

function findLocalDay(nowMs: number, offsetMsAt: OffsetMsAt): LocalDay {
  const shown = Math.floor((nowMs + offsetMsAt(nowMs)) / DAY_MS);
  const nextStartMs = dayStartMs(shown + 1, offsetMsAt);
  if (nowMs < nextStartMs) {
    return { startMs: dayStartMs(shown, offsetMsAt), endMs: nextStartMs, keys: dayKeys(shown) };
  }
  // Clocks went back over midnight. No zone ever put them back by more than a day, so it is the next day, not a later one.
  return { startMs: nextStartMs, endMs: dayStartMs(shown + 2, offsetMsAt), keys: dayKeys(shown + 1) };
}

/** The first instant at which clocks show `day` (local days since 1970-01-01) or a later one. */
function dayStartMs(day: number, offsetMsAt: OffsetMsAt): number {
  const midnightMs = day * DAY_MS;
  const startMs = firstShownMs(midnightMs, midnightMs - MAX_OFFSET_MS, midnightMs + MAX_OFFSET_MS, offsetMsAt);
  if (startMs === null) throw new RangeError("a local day without a beginning");
  return startMs;
}

/**
 * The first instant from `fromMs` to `untilMs` at which clocks show `wallMs` or later. Halves the span until the offset is
 * the same at both ends, and so within: two changes of a zone were never less than a week apart since 1970.
 */
function firstShownMs(wallMs: number, fromMs: number, untilMs: number, offsetMsAt: OffsetMsAt): number | null {
  const offsetMs = offsetMsAt(fromMs);
  if (offsetMs === offsetMsAt(untilMs)) {
    const shownMs = Math.max(fromMs, wallMs - offsetMs);
    return shownMs <= untilMs ? shownMs : null;
  }
  const middleMs = Math.floor((fromMs + untilMs) / 2);
  return firstShownMs(wallMs, fromMs, middleMs, offsetMsAt) ?? firstShownMs(wallMs, middleMs + 1, untilMs, offsetMsAt);
}

function dayKeys(day: number): PeriodKeys {
  const weekday = (((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK;
  const date = dateText(day);
  // One object serves every caller of the day.
  return Object.freeze({
    day: date,
    week: `W${dateText(day - weekday)}`,
    month: date.slice(0, MONTH_CHARACTERS),
    total: "total",
  });
}

function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, DATE_CHARACTERS);
}

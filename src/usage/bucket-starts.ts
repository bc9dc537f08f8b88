import { periodEndsMs, periodKeys } from "#admission";
import { dayStartMs } from "./local-days.ts";

/** What usage is summed over in time. `none`: the whole range at once. */
export const BUCKETS = ["hour", "day", "week", "month", "none"] as const;
export type Bucket = (typeof BUCKETS)[number];

/** `toMs` is not in it. */
export interface InstantRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
/** A year of days, or 41 days of hours: more than a chart shows. */
export const BUCKETS_MAX = 1_000;

/**
 * Where the buckets of a range begin, in order: the first at the range's own beginning, each until the next, the last until
 * the range's end. Days, weeks (from Monday) and months are those of the zone's calendar, so that a day has 23 or 25 hours
 * when clocks change. Hours are counted from the beginning of their day; where a change of clocks leaves less than one, its
 * last is shorter. Null where there would be more than `BUCKETS_MAX`.
 */
export function bucketStarts(range: InstantRange, bucket: Bucket, timeZone: string): readonly number[] | null {
  const starts = [range.fromMs, ...innerStarts(range, bucket, timeZone)];
  return starts.length > BUCKETS_MAX ? null : starts;
}

function innerStarts(range: InstantRange, bucket: Bucket, timeZone: string): number[] {
  if (bucket === "none") return [];
  if (bucket === "hour") return hourStarts(range, timeZone);
  const days = dayStarts(range, timeZone);
  return bucket === "day" ? days : days.filter(beginsPeriod(range.fromMs, bucket, timeZone));
}

/** Whether a day, asked for in order, is the first of a week or month that `fromMs` and the days before it are not in. */
function beginsPeriod(fromMs: number, period: "week" | "month", timeZone: string): (startMs: number) => boolean {
  let last = periodKeys(fromMs, timeZone)[period];
  return (startMs) => {
    const before = last;
    last = periodKeys(startMs, timeZone)[period];
    return last !== before;
  };
}

/** The local days that begin within a range; one that begins with it is its first bucket anyway. */
function dayStarts({ fromMs, toMs }: InstantRange, timeZone: string): number[] {
  const starts: number[] = [];
  for (let startMs = periodEndsMs(fromMs, timeZone); startMs < toMs; startMs = periodEndsMs(startMs, timeZone))
    starts.push(startMs);
  return starts;
}

function hourStarts(range: InstantRange, timeZone: string): number[] {
  const starts: number[] = [];
  let dayMs = dayStartMs(range.fromMs, timeZone);
  // One more than are allowed tells that there are too many.
  while (dayMs < range.toMs && starts.length <= BUCKETS_MAX) {
    const nextDayMs = periodEndsMs(dayMs, timeZone);
    for (let hourMs = dayMs; hourMs < Math.min(nextDayMs, range.toMs); hourMs += HOUR_MS)
      if (hourMs > range.fromMs) starts.push(hourMs);
    dayMs = nextDayMs;
  }
  return starts;
}

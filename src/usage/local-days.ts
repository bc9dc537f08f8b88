import { periodEndsMs, periodKeys } from "#admission";

const DAY_MS = 86_400_000;
/** No local day was ever longer than two, and no zone is a day from UTC: a walk from so far back meets what is sought. */
const WALK_BACK_MS = 3 * DAY_MS;

/** The first instant of the local day that an instant lies in; days are those of budgets (src/admission/period-key.ts). */
export function dayStartMs(instantMs: number, timeZone: string): number {
  let startMs = periodEndsMs(instantMs - WALK_BACK_MS, timeZone);
  for (let nextMs = periodEndsMs(startMs, timeZone); nextMs <= instantMs; nextMs = periodEndsMs(startMs, timeZone))
    startMs = nextMs;
  return startMs;
}

/** The first instant of a date (`2026-11-22`) in a zone; where the zone skipped it, that of the date after. */
export function dateStartMs(date: string, timeZone: string): number {
  let startMs = periodEndsMs(Date.parse(`${date}T00:00:00Z`) - WALK_BACK_MS, timeZone);
  while (periodKeys(startMs, timeZone).day < date) startMs = periodEndsMs(startMs, timeZone);
  return startMs;
}

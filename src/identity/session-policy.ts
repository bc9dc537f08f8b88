const MS_PER_SECOND = 1_000;
const SECONDS_PER_HOUR = 3_600;
const HOURS_PER_DAY = 24;

/** A session that nobody uses ends after this. Source of all three: design PRIVACY section 6. */
export const SESSION_IDLE_SECONDS = HOURS_PER_DAY * SECONDS_PER_HOUR;
/** However much it is used. */
export const SESSION_MAX_MS = 14 * HOURS_PER_DAY * SECONDS_PER_HOUR * MS_PER_SECOND;
/** For keys, payouts, privacy and factors the person must have proved who they are this recently. */
const FRESH_MS = 10 * 60 * MS_PER_SECOND;

export interface SessionTimes {
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly provedAtMs: number;
  /** Null: no second factor was passed in it. */
  readonly factorAtMs: number | null;
}

export function isLive({ createdAtMs, expiresAtMs }: SessionTimes, nowMs: number): boolean {
  return nowMs < expiresAtMs && nowMs < createdAtMs + SESSION_MAX_MS;
}

/** `hasFactor`: then the second factor is part of the proof. */
export function isFresh({ provedAtMs, factorAtMs }: SessionTimes, hasFactor: boolean, nowMs: number): boolean {
  const provedMs = hasFactor ? Math.min(provedAtMs, factorAtMs ?? -Infinity) : provedAtMs;
  return nowMs < provedMs + FRESH_MS;
}

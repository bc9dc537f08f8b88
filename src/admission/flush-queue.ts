import type { AccountLimits } from "./limits.ts";
import type { FrozenFlush } from "./rows.ts";

type Backoff = Pick<AccountLimits, "flushBackoffMaxMs">;

/**
 * Which frozen flush is to be sent at `nowMs`. One that the ledger did not answer holds up all others until its next
 * try: they would meet the same silence. One that was refused waits without holding up anything.
 */
export function readyFlush(flushes: readonly FrozenFlush[], nowMs: number, limits: Backoff): FrozenFlush | null {
  if (blockedUntilMs(flushes, nowMs, limits) !== null) return null;
  return flushes.find((flush) => nextTryMs(flush, nowMs, limits) === nowMs) ?? null;
}

/** When a flush is to be tried, now or later. No wait is longer than the longest: what seems so was set before the clock went back. */
export function nextTryMs({ notBeforeMs }: FrozenFlush, nowMs: number, { flushBackoffMaxMs }: Backoff): number {
  return notBeforeMs <= nowMs || notBeforeMs > nowMs + flushBackoffMaxMs ? nowMs : notBeforeMs;
}

/** Until when nothing may be sent because the ledger is away, epoch ms; null when it is not known to be. */
export function blockedUntilMs(flushes: readonly FrozenFlush[], nowMs: number, limits: Backoff): number | null {
  const silent = flushes.find((flush) => flush.unansweredTries > 0 && nextTryMs(flush, nowMs, limits) > nowMs);
  return silent?.notBeforeMs ?? null;
}

/** Rows of the outbox that stand in a frozen flush. */
export function frozenCount(flushes: readonly FrozenFlush[]): number {
  return flushes.reduce((count, flush) => count + flush.seqs.length, 0);
}

import type { FrozenFlush } from "./rows.ts";

/**
 * Which frozen flush is to be sent at `nowMs`. One that the ledger did not answer holds up all others until its next
 * try: they would meet the same silence. One that was refused waits without holding up anything.
 */
export function readyFlush(flushes: readonly FrozenFlush[], nowMs: number): FrozenFlush | null {
  if (blockedUntilMs(flushes, nowMs) !== null) return null;
  return flushes.find((flush) => flush.notBeforeMs <= nowMs) ?? null;
}

/** Until when nothing may be sent because the ledger is away, epoch ms; null when it is not known to be. */
export function blockedUntilMs(flushes: readonly FrozenFlush[], nowMs: number): number | null {
  const silent = flushes.find((flush) => flush.unansweredTries > 0 && flush.notBeforeMs > nowMs);
  return silent?.notBeforeMs ?? null;
}

/** Rows of the outbox that stand in a frozen flush. */
export function frozenCount(flushes: readonly FrozenFlush[]): number {
  return flushes.reduce((count, flush) => count + flush.seqs.length, 0);
}

import { blockedUntilMs, frozenCount, nextTryMs } from "./flush-queue.ts";
import type { AccountLimits } from "./limits.ts";
import { nextExpiryMs } from "./lots.ts";
import type { AccountState } from "./state.ts";

const EXPIRY_RETRY_MS = 60_000;

/** When the account next has to act by itself (sweep, expire or flush), epoch ms; null when nothing is pending. */
export function nextDueMs(state: AccountState, nowMs: number, limits: AccountLimits): number | null {
  let dueMs: number | null = null;
  for (const { deadlineMs } of state.holds.values()) dueMs = earlier(dueMs, deadlineMs);
  for (const { deadlineMs } of state.leases.values()) dueMs = earlier(dueMs, deadlineMs);
  const expiryMs = nextExpiryDueMs(state, nowMs);
  if (expiryMs !== null) dueMs = earlier(dueMs, expiryMs);
  const flushMs = nextFlushMs(state, nowMs, limits);
  return flushMs === null ? dueMs : earlier(dueMs, flushMs);
}

/** When credit is to be let go; what is past its end and held by running calls still is looked at again now and then. */
export function nextExpiryDueMs(state: AccountState, nowMs: number): number | null {
  const expiryMs = nextExpiryMs(state);
  return expiryMs === null || expiryMs > nowMs ? expiryMs : nowMs + EXPIRY_RETRY_MS;
}

/** When the outbox is to be flushed: at a frozen flush's next try, or one interval after a row came to wait. */
export function nextFlushMs(state: AccountState, nowMs: number, limits: AccountLimits): number | null {
  const blockedMs = blockedUntilMs(state.flushes, nowMs, limits);
  if (blockedMs !== null) return blockedMs;
  const frozen = frozenCount(state.flushes);
  const takesMore = state.outboxWaiting > frozen && frozen < limits.flushRowsMax;
  let dueMs = takesMore ? nowMs + limits.flushIntervalMs : null;
  for (const flush of state.flushes) dueMs = earlier(dueMs, nextTryMs(flush, nowMs, limits));
  return dueMs;
}

export function earlier(dueMs: number | null, otherMs: number): number {
  return dueMs === null ? otherMs : Math.min(dueMs, otherMs);
}

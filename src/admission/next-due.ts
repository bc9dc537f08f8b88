import type { AccountLimits } from "./limits.ts";
import type { AccountState } from "./state.ts";

/** When the account next has to act by itself (sweep or flush), epoch ms; null when nothing is pending. */
export function nextDueMs(state: AccountState, nowMs: number, limits: AccountLimits): number | null {
  let dueMs: number | null = null;
  for (const { deadlineMs } of state.holds.values()) dueMs = earlier(dueMs, deadlineMs);
  const flushMs = nextFlushMs(state, nowMs, limits);
  return flushMs === null ? dueMs : earlier(dueMs, flushMs);
}

/** When the outbox is to be flushed: at the frozen flush's next try, or one interval after a row came to wait. */
export function nextFlushMs(state: AccountState, nowMs: number, limits: AccountLimits): number | null {
  const [current] = state.flushes;
  if (current !== undefined) return Math.max(current.notBeforeMs, nowMs);
  return state.outboxWaiting === 0 ? null : nowMs + limits.flushIntervalMs;
}

export function earlier(dueMs: number | null, otherMs: number): number {
  return dueMs === null ? otherMs : Math.min(dueMs, otherMs);
}

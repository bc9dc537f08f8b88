import type { AccountLimits } from "./limits.ts";
import type { AccountState, KeyState } from "./state.ts";

/**
 * Until when no lease is given, epoch ms: of a key, or of a whole account. Beside the state, because it is no part of what
 * is stored: after a restart a lease is given a moment early.
 */
const stops = new WeakMap<AccountState | KeyState, number>();

/** The return of a lease that is over may be on its way: then it is here in a moment. */
const RETURN_MS = 250;

/**
 * Only leases stand in a call's way: until those that are open have ended, no other is given that would (`stop`: of the
 * key, or of the whole account), or busy tellers would renew theirs in time for ever. Answers when the next one ends, ms
 * from now, at least one: what it holds back is free by then. That is at most a lease's life, but for leases that nobody
 * returned in that time again, which the sweep ends.
 */
export function parkCall(
  state: AccountState,
  stop: AccountState | KeyState,
  nowMs: number,
  { leaseLifeMs }: AccountLimits,
): number {
  stops.set(stop, nowMs + leaseLifeMs);
  const waits = [...state.leases.values()].map(({ expiresMs, deadlineMs }) => {
    if (nowMs < expiresMs) return Math.min(leaseLifeMs, expiresMs - nowMs);
    return nowMs < expiresMs + leaseLifeMs ? RETURN_MS : deadlineMs - nowMs;
  });
  return Math.max(1, Math.min(...waits));
}

/** A call waits for leases to end, and a new one would stand in its way. A clock that went back stops nothing for longer than a lease's life. */
export function areLeasesStopped(
  state: AccountState,
  key: KeyState,
  nowMs: number,
  { leaseLifeMs }: AccountLimits,
): boolean {
  const untilMs = Math.max(stops.get(state) ?? 0, stops.get(key) ?? 0);
  return nowMs < untilMs && untilMs <= nowMs + leaseLifeMs;
}

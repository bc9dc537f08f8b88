import type { AccountLimits } from "./limits.ts";
import type { AccountState } from "./state.ts";

/** When the next lease ends, ms from now, at least one and at most a lease's life: what leases hold back is free by then. */
export function parkedRetryMs(state: AccountState, nowMs: number, { leaseLifeMs }: AccountLimits): number {
  let waitMs = leaseLifeMs;
  for (const { expiresMs } of state.leases.values()) {
    if (expiresMs > nowMs) waitMs = Math.min(waitMs, expiresMs - nowMs);
  }
  return Math.max(1, waitMs);
}

import type { AccountLimits } from "./limits.ts";
import { markSecond, type AccountState } from "./state.ts";

/** The keys that may be dropped: revoked for longer than ended calls are kept, with no call or lease open. */
export function retirableKeys(state: AccountState, nowMs: number, { endedKeepMs }: AccountLimits): readonly string[] {
  const hashes: string[] = [];
  for (const [hash, { revokedAtMs, openHolds, leased }] of state.keys) {
    const isIdle = openHolds === 0 && leased.leases === 0;
    if (revokedAtMs !== null && nowMs - revokedAtMs > endedKeepMs && isIdle) hashes.push(hash);
  }
  return hashes;
}

/** Drops a key but for its hash: an old event that is repeated must not bring a revoked key back. */
export function retireKey(state: AccountState, hash: string): void {
  const key = state.keys.get(hash);
  if (key === undefined) return;
  for (const second of key.buckets.keys()) markSecond(state, hash, second);
  state.keys.delete(hash);
  state.changes.keys.add(hash);
  state.retiredKeys.add(hash);
  state.changes.retiredKeys.add(hash);
}

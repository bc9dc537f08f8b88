import { secondOf } from "./second-of.ts";
import { markSecond } from "./state.ts";
import type { Bucket, KeyState, AccountState } from "./state.ts";
import type { LimitStates, WindowState } from "./types.ts";

/**
 * The sliding minute of a key: one-second buckets, the current partial second and the 60 before it. 61 buckets cover
 * every instant of the last 60 s, so no real window of 60 s ever holds more than the limit.
 */
export const WINDOW_SECONDS = 60;

const SECOND_MS = 1_000;

export type Measure = keyof Bucket;

export interface WindowUse {
  readonly requests: number;
  readonly tokens: number;
}

/** What counts now. Buckets of the future (the clock went back) count too: too strict is safe, too loose is not. */
export function windowUse(key: KeyState, nowMs: number): WindowUse {
  return useWithin(key.buckets, nowMs);
}

/** What open leases have left of that. One whose isolate died leaves the minute long before it is swept. */
export function leasedUse(key: KeyState, nowMs: number): WindowUse {
  return useWithin(key.leasedBuckets, nowMs);
}

function useWithin(buckets: KeyState["buckets"], nowMs: number): WindowUse {
  const oldest = secondOf(nowMs) - WINDOW_SECONDS;
  let requests = 0;
  let tokens = 0;
  for (const [second, bucket] of buckets) {
    if (second < oldest) continue;
    requests += bucket.requests;
    tokens += bucket.tokens;
  }
  return { requests, tokens };
}

/** When `needed` more fit under the limit, ms from now; null when they never do. Exact if nothing else is admitted. */
export function fitsInMs(key: KeyState, measure: Measure, limit: number, needed: number, nowMs: number): number | null {
  if (needed > limit) return null;
  let used = windowUse(key, nowMs)[measure];
  if (used + needed <= limit) return 0;
  const oldest = secondOf(nowMs) - WINDOW_SECONDS;
  const seconds = [...key.buckets.keys()].filter((second) => second >= oldest).sort((a, b) => a - b);
  for (const second of seconds) {
    used -= key.buckets.get(second)?.[measure] ?? 0;
    if (used + needed <= limit) return leavesAtMs(second) - nowMs;
  }
  return null;
}

/** Drops at most `limit` seconds that no window reaches any more, and returns how many. */
export function forgetOldSeconds(state: AccountState, key: KeyState, nowMs: number, limit: number): number {
  const oldest = secondOf(nowMs) - WINDOW_SECONDS;
  let dropped = 0;
  for (const second of key.buckets.keys()) {
    if (dropped === limit) break;
    if (second >= oldest) continue;
    key.buckets.delete(second);
    markSecond(state, key.record.hash, second);
    dropped += 1;
  }
  return dropped;
}

/** Counts into the bucket of a second, and drops the seconds that no window reaches any more. */
export function countUse(state: AccountState, key: KeyState, second: number, added: WindowUse, nowMs: number): void {
  forgetOldSeconds(state, key, nowMs, key.buckets.size);
  if (second < secondOf(nowMs) - WINDOW_SECONDS) return;
  const bucket = key.buckets.get(second) ?? { requests: 0, tokens: 0 };
  key.buckets.set(second, {
    requests: Math.max(0, bucket.requests + added.requests),
    tokens: Math.max(0, bucket.tokens + added.tokens),
  });
  markSecond(state, key.record.hash, second);
}

/**
 * The `x-ratelimit-*` figures of a key at this instant. What leases have left counts as remaining: it is promised to
 * calls of this key.
 */
export function limitStates(key: KeyState, nowMs: number): LimitStates {
  const use = windowUse(key, nowMs);
  const leased = leasedUse(key, nowMs);
  const state = (measure: Measure, limit: number | null): WindowState | null =>
    limit === null
      ? null
      : {
          limit,
          remaining: Math.min(limit, Math.max(0, limit - use[measure] + leased[measure])),
          resetMs: resetMs(key, measure, nowMs),
        };
  return {
    requests: state("requests", key.record.requestsPerMinute),
    tokens: state("tokens", key.record.tokensPerMinute),
  };
}

function resetMs(key: KeyState, measure: Measure, nowMs: number): number {
  let last = 0;
  for (const [second, bucket] of key.buckets) {
    if (bucket[measure] > 0) last = Math.max(last, leavesAtMs(second));
  }
  return Math.max(0, last - nowMs);
}

/** The first instant at which a bucket no longer counts. */
function leavesAtMs(second: number): number {
  return (second + WINDOW_SECONDS + 1) * SECOND_MS;
}

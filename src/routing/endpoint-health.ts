import { CLOSED, recordOutcome, type Breaker, type BreakerBounds } from "./breaker.ts";
import { addValue, EMPTY, type Histogram } from "./histogram.ts";

/** What is known of one endpoint, by its own isolate and those that told the Health object. */
export interface EndpointHealth {
  readonly breaker: Breaker;
  /** Milliseconds to the first byte of output. */
  readonly firstByteMs: Histogram;
  /** Output tokens per second. */
  readonly tokensPerSecond: Histogram;
}

export const UNKNOWN_HEALTH: EndpointHealth = { breaker: CLOSED, firstByteMs: EMPTY, tokensPerSecond: EMPTY };

/** One attempt, as health counts it. `neutral`: the caller's own fault or abort, which says nothing about the endpoint. */
export type HealthOutcome =
  | { readonly type: "answered"; readonly firstByteMs: number }
  | { readonly type: "fault"; readonly retryAfterMs: number | null }
  | { readonly type: "neutral" };

/** Takes one outcome. */
export function recordHealth(
  health: EndpointHealth,
  outcome: HealthOutcome,
  nowMs: number,
  bounds?: BreakerBounds,
): EndpointHealth {
  if (outcome.type === "neutral") return health;
  if (outcome.type === "fault") {
    const breaker = recordOutcome(health.breaker, { isFault: true, retryAfterMs: outcome.retryAfterMs }, nowMs, bounds);
    return { ...health, breaker };
  }
  return {
    ...health,
    breaker: recordOutcome(health.breaker, { isFault: false, retryAfterMs: null }, nowMs, bounds),
    firstByteMs: addValue(health.firstByteMs, outcome.firstByteMs, nowMs),
  };
}

/** Takes the speed of one finished stream. */
export function recordThroughput(health: EndpointHealth, tokensPerSecond: number, nowMs: number): EndpointHealth {
  return { ...health, tokensPerSecond: addValue(health.tokensPerSecond, tokensPerSecond, nowMs) };
}

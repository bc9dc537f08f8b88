import * as z from "zod/mini";
import { addCounts, breakerState, CLOSED, type Breaker, type BreakerBounds } from "./breaker.ts";
import type { EndpointHealth, HealthOutcome } from "./endpoint-health.ts";
import { addValue, BUCKETS, EMPTY, mergeHistograms, SLOT_MS, SLOTS_MAX, type Histogram } from "./histogram.ts";

/** What one isolate learned of one endpoint since it last told. Numbers only. */
export interface HealthDelta {
  /** `<provider>/<upstream model>`. */
  readonly endpoint: string;
  /** Outcomes while its breaker was closed, and how many of them were faults. */
  readonly calls: number;
  readonly faults: number;
  /** Until when its breaker opened, how often in a row, and what of it the endpoint asked for; 0: it did not open. */
  readonly openUntilMs: number;
  readonly limitedUntilMs: number;
  readonly openings: number;
  readonly firstByteMs: Histogram;
  readonly tokensPerSecond: Histogram;
}

/** What all isolates together know of one endpoint. */
export interface SharedHealth {
  readonly endpoint: string;
  readonly health: EndpointHealth;
}

export const NO_DELTA: Omit<HealthDelta, "endpoint"> = {
  calls: 0,
  faults: 0,
  openUntilMs: 0,
  limitedUntilMs: 0,
  openings: 0,
  firstByteMs: EMPTY,
  tokensPerSecond: EMPTY,
};

/** Endpoints in one message: more than any provider has. */
const DELTAS_MAX = 256;
const NAME_CHARACTERS_MAX = 256;
const COUNT_MAX = 1_000_000;

const count = z.int().check(z.minimum(0), z.maximum(COUNT_MAX));
const instant = z.int().check(z.minimum(0));
const slot = z.strictObject({
  startMs: z.int().check(z.minimum(0), z.multipleOf(SLOT_MS)),
  counts: z.array(count).check(z.length(BUCKETS)),
});
const histogram = z.strictObject({ slots: z.array(slot).check(z.maxLength(SLOTS_MAX)) });
const deltas = z
  .array(
    z.strictObject({
      endpoint: z.string().check(z.minLength(1), z.maxLength(NAME_CHARACTERS_MAX)),
      calls: count,
      faults: count,
      openUntilMs: instant,
      limitedUntilMs: instant,
      openings: count,
      firstByteMs: histogram,
      tokensPerSecond: histogram,
    }),
  )
  .check(z.maxLength(DELTAS_MAX));

/** Reads what an isolate sent, which may be of another version. Null where it is malformed or too much. */
export function parseHealthDeltas(value: unknown): readonly HealthDelta[] | null {
  const result = deltas.safeParse(value);
  return result.success ? result.data : null;
}

/** Adds one outcome that took a breaker from `before` to `after`. Counts from before it opened or closed are history. */
export function recordDelta(
  delta: HealthDelta,
  outcome: Exclude<HealthOutcome, { readonly type: "neutral" }>,
  [before, after]: readonly [Breaker, Breaker],
  nowMs: number,
): HealthDelta {
  const timed =
    outcome.type === "answered"
      ? { ...delta, firstByteMs: addValue(delta.firstByteMs, outcome.firstByteMs, nowMs) }
      : delta;
  if (after.openUntilMs > before.openUntilMs) {
    const { openUntilMs, limitedUntilMs, openings } = after;
    return { ...timed, calls: 0, faults: 0, openUntilMs, limitedUntilMs, openings };
  }
  if (after.openUntilMs > 0) return timed;
  const hasClosed = before.openUntilMs > 0;
  const faults = outcome.type === "fault" ? 1 : 0;
  if (hasClosed) return { ...timed, calls: 1, faults, openUntilMs: 0, limitedUntilMs: 0, openings: 0 };
  return { ...timed, calls: timed.calls + 1, faults: timed.faults + faults };
}

/** What could not be told goes with what came after it. */
export function combineDeltas(older: HealthDelta, newer: HealthDelta, nowMs: number): HealthDelta {
  const hasOpened = newer.openUntilMs > older.openUntilMs;
  return {
    endpoint: newer.endpoint,
    calls: newer.calls + (hasOpened ? 0 : older.calls),
    faults: newer.faults + (hasOpened ? 0 : older.faults),
    openUntilMs: Math.max(older.openUntilMs, newer.openUntilMs),
    limitedUntilMs: Math.max(older.limitedUntilMs, newer.limitedUntilMs),
    openings: Math.max(older.openings, newer.openings),
    firstByteMs: mergeHistograms(older.firstByteMs, newer.firstByteMs, nowMs),
    tokensPerSecond: mergeHistograms(older.tokensPerSecond, newer.tokensPerSecond, nowMs),
  };
}

/** Adds what one isolate learned to what all know. */
export function mergeDelta(
  health: EndpointHealth,
  delta: HealthDelta,
  nowMs: number,
  bounds: BreakerBounds,
): EndpointHealth {
  return {
    breaker: mergeBreaker(health.breaker, delta, nowMs, bounds),
    firstByteMs: mergeHistograms(health.firstByteMs, delta.firstByteMs, nowMs),
    tokensPerSecond: mergeHistograms(health.tokensPerSecond, delta.tokensPerSecond, nowMs),
  };
}

/** An isolate that saw it open is believed; else the counts of all isolates decide, as those of one would. */
function mergeBreaker(breaker: Breaker, delta: HealthDelta, nowMs: number, bounds: BreakerBounds): Breaker {
  if (delta.openUntilMs > nowMs) {
    const longestMs = nowMs + bounds.openMaxMs;
    return {
      ...CLOSED,
      windowStartMs: nowMs,
      openUntilMs: Math.max(breaker.openUntilMs, Math.min(longestMs, delta.openUntilMs)),
      limitedUntilMs: Math.max(breaker.limitedUntilMs, Math.min(longestMs, delta.limitedUntilMs)),
      openings: Math.max(breaker.openings, delta.openings),
    };
  }
  // What was counted elsewhere before it opened here says nothing about how it does now.
  if (breakerState(breaker, nowMs) === "open") return breaker;
  return addCounts(breaker, delta, nowMs, bounds);
}

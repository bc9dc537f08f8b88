import fc from "fast-check";
import { expect, it } from "vitest";
import {
  combineDeltas,
  mergeDelta,
  NO_DELTA,
  parseHealthDeltas,
  percentile,
  recordDelta,
  recordHealth,
  UNKNOWN_HEALTH,
  type EndpointHealth,
  type HealthDelta,
} from "#routing";
import { NOW_MS } from "./fixture.ts";

type Outcome = Parameters<typeof recordDelta>[1];
const BOUNDS = { openMaxMs: 300_000 };
const START: HealthDelta = { endpoint: "a/m", ...NO_DELTA };

/** An isolate that saw these outcomes, and what it has to tell of them. */
function saw(
  outcomes: readonly Outcome[],
  nowMs = NOW_MS,
): { readonly health: EndpointHealth; readonly delta: HealthDelta } {
  let health = UNKNOWN_HEALTH;
  let delta = START;
  for (const outcome of outcomes) {
    const after = recordHealth(health, outcome, nowMs);
    delta = recordDelta(delta, outcome, [health.breaker, after.breaker], nowMs);
    health = after;
  }
  return { health, delta };
}

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ type: fc.constant("answered" as const), firstByteMs: fc.nat(100_000) }),
  fc.record({ type: fc.constant("fault" as const), retryAfterMs: fc.option(fc.nat(60_000), { freq: 20 }) }),
);
const outcomes = fc.array(outcome, { maxLength: 30 });

it("told in one message or in two, all know the same times, and the same wait", () => {
  fc.assert(
    fc.property(outcomes, outcomes, (first, second) => {
      const [one, other] = [saw(first).delta, saw(second).delta];
      const apart = mergeDelta(mergeDelta(UNKNOWN_HEALTH, one, NOW_MS, BOUNDS), other, NOW_MS, BOUNDS);
      const together = mergeDelta(UNKNOWN_HEALTH, combineDeltas(one, other, NOW_MS), NOW_MS, BOUNDS);
      expect(percentile(apart.firstByteMs, 0.5, NOW_MS)).toBe(percentile(together.firstByteMs, 0.5, NOW_MS));
      expect(apart.breaker.limitedUntilMs).toBe(together.breaker.limitedUntilMs);
    }),
  );
});

it("what one isolate saw opens for all where it opened for that one, and until no later than the longest wait", () => {
  fc.assert(
    fc.property(outcomes, (seen) => {
      const { health, delta } = saw(seen);
      const shared = mergeDelta(UNKNOWN_HEALTH, delta, NOW_MS, BOUNDS).breaker;
      if (health.breaker.openUntilMs > NOW_MS) expect(shared.openUntilMs).toBe(health.breaker.openUntilMs);
      else expect(shared.openUntilMs).toBe(0);
      expect(shared.openUntilMs).toBeLessThanOrEqual(NOW_MS + BOUNDS.openMaxMs);
    }),
  );
});

it("whatever an isolate has to tell is well-formed, and survives being sent", () => {
  fc.assert(
    fc.property(outcomes, (seen) => {
      const { delta } = saw(seen);
      expect(parseHealthDeltas(structuredClone([delta]))).toEqual([delta]);
    }),
  );
});

it("whatever comes instead is refused, not thrown over", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const isEmptyList = Array.isArray(value) && value.length === 0;
      expect(parseHealthDeltas(value)).toEqual(isEmptyList ? [] : null);
    }),
  );
});

it("faults from before an opening, or before it closed, are not told as new ones", () => {
  const faults = (count: number): Outcome[] =>
    Array.from({ length: count }, () => ({ type: "fault", retryAfterMs: null }));
  const opened = saw(faults(5));
  expect(opened.delta).toMatchObject({ calls: 0, faults: 0, openings: 1 });
  const laterMs = opened.health.breaker.openUntilMs;
  const closed = recordHealth(opened.health, { type: "answered", firstByteMs: 1 }, laterMs);
  const delta = recordDelta(
    opened.delta,
    { type: "answered", firstByteMs: 1 },
    [opened.health.breaker, closed.breaker],
    laterMs,
  );
  expect(delta).toMatchObject({ calls: 1, faults: 0, openUntilMs: 0, openings: 0 });
});

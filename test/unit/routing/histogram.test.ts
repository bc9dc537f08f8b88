import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeHistograms, percentile, type Histogram } from "#routing";
import { addValue, EMPTY } from "../../../src/routing/histogram.ts";
import { NOW_MS } from "./fixture.ts";

const MINUTE_MS = 60_000;
const of = (values: readonly number[], nowMs = NOW_MS): Histogram =>
  values.reduce((known: Histogram, value) => addValue(known, value, nowMs), EMPTY);

it("a percentile is within a bucket's width above the true one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8_000_000 }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0.5, 0.9, 0.99),
      (values, share) => {
        const sorted = values.toSorted((one, other) => one - other);
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
        const found = percentile(of(values), share, NOW_MS) ?? 0;
        expect(found).toBeGreaterThanOrEqual(exact);
        expect(found).toBeLessThanOrEqual(exact * Math.SQRT2 * 1.000_001);
      },
    ),
  );
});

it("merged, two isolates know what one would have known", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000)), fc.array(fc.nat(100_000)), (one, other) => {
      const merged = mergeHistograms(of(one), of(other), NOW_MS);
      expect(percentile(merged, 0.5, NOW_MS)).toBe(percentile(of([...one, ...other]), 0.5, NOW_MS));
    }),
  );
});

it("forgets what is older than five minutes, and holds no more slots than they have", () => {
  let histogram = EMPTY;
  for (let minute = 0; minute < 60; minute += 0.5) {
    histogram = addValue(histogram, 10, NOW_MS + minute * MINUTE_MS);
  }
  expect(histogram.slots).toHaveLength(10);
  expect(percentile(histogram, 0.5, NOW_MS + 64 * MINUTE_MS)).not.toBeNull();
  expect(percentile(histogram, 0.5, NOW_MS + 65 * MINUTE_MS)).toBeNull();
});

it("counts what is no number, or beyond the last bucket, without falling over", () => {
  expect(percentile(of([Number.NaN]), 0.5, NOW_MS)).toBe(1);
  expect(percentile(of([Infinity]), 0.5, NOW_MS)).toBeGreaterThan(8_000_000);
});

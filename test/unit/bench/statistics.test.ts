import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, percentile, ratioSpread, spread } from "../../bench/statistics.ts";

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("a percentile", () => {
  it("is always one of the values, with at least that share of them at or below it", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, fraction) => {
        const value = percentile(list, fraction);
        expect(list).toContain(value);
        expect(list.filter((other) => other <= value).length).toBeGreaterThanOrEqual(fraction * list.length - 1e-9);
      }),
    );
  });

  it("takes the 99th of a hundred, not the largest", () => {
    expect(
      percentile(
        Array.from({ length: 100 }, (_, index) => index + 1),
        0.99,
      ),
    ).toBe(99);
  });

  it("refuses an empty list, which has no middle", () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
    expect(() => median([])).toThrow(RangeError);
    expect(() => spread([])).toThrow(RangeError);
  });
});

describe("rounds", () => {
  it("are summarised by the middle one and the extremes", () => {
    expect(spread([5, 1, 9, 2, 4])).toEqual({ median: 4, min: 1, max: 9 });
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("are divided each by its own reference, so that a slow round cancels out", () => {
    expect(ratioSpread([2, 20, 4], [1, 10, 2])).toEqual({ median: 2, min: 2, max: 2 });
  });

  it("must pair up, and a reference must be a figure", () => {
    expect(() => ratioSpread([1, 2], [1])).toThrow(RangeError);
    expect(() => ratioSpread([1], [0])).toThrow(RangeError);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUDGET_PERIODS, periodKey } from "#admission";

describe("a budget's period", () => {
  it.each([
    ["day", "2026-11-22T23:59:59.999Z", "2026-11-22"],
    ["day", "2026-11-23T00:00:00.000Z", "2026-11-23"],
    ["week", "2026-11-22T23:59:59.999Z", "W2026-11-16"],
    ["week", "2026-11-23T00:00:00.000Z", "W2026-11-23"],
    ["week", "2027-01-03T12:00:00.000Z", "W2026-12-28"],
    ["week", "1970-01-01T00:00:00.000Z", "W1969-12-29"],
    ["month", "2028-02-29T12:00:00.000Z", "2028-02"],
    ["month", "2028-03-01T00:00:00.000Z", "2028-03"],
    ["total", "2026-11-22T00:00:00.000Z", "total"],
  ] as const)("%s of %s is %s", (period, instant, expected) => {
    expect(periodKey(period, Date.parse(instant))).toBe(expected);
  });

  it("never sorts before an earlier one", () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
    fc.assert(
      fc.property(fc.constantFrom(...BUDGET_PERIODS), instant, instant, (period, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(periodKey(period, early) <= periodKey(period, late)).toBe(true);
      }),
    );
  });
});

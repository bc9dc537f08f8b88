import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  affordableUnits,
  costNano,
  formatUsd,
  nanoFromText,
  nanoUsd,
  parseUsd,
  partOf,
  wholeOf,
  type PricedUnits,
} from "#kernel";

const MAX = 9_223_372_036_854_775_807n;
const amounts = fc.bigInt({ min: -MAX, max: MAX }).map(nanoUsd);
const prices = fc.record({
  pico: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  per: fc.constantFrom(1n, 7n, 1_000n, 1_000_000n, 3_600_000n),
});
const lines = fc.array(fc.record({ units: fc.bigInt({ min: 0n, max: 10n ** 6n }), price: prices }), { maxLength: 6 });

/** Σ units × pico / per / 1000 over the product of all `per`, rounded up by a remainder test: another way than the kernel's. */
function expectedNano(entries: readonly PricedUnits[]): bigint {
  const bottom = entries.reduce((product, { price }) => product * price.per, 1_000n);
  const top = entries.reduce((sum, { units, price }) => sum + (units * price.pico * bottom) / (price.per * 1_000n), 0n);
  return top / bottom + (top % bottom > 0n ? 1n : 0n);
}

describe("an amount as text", () => {
  it("reads back what it wrote, for every amount that a ledger row can hold", () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(formatUsd(amount)).toMatch(/^-?\d+\.\d{9}$/);
        expect(parseUsd(formatUsd(amount))).toBe(amount);
        expect(nanoFromText(amount.toString())).toBe(amount);
      }),
    );
  });

  it("has exactly nine decimals", () => {
    expect(formatUsd(nanoUsd(123_000n))).toBe("0.000123000");
    expect(formatUsd(nanoUsd(-1n))).toBe("-0.000000001");
    expect(formatUsd(nanoUsd(12_000_000_000n))).toBe("12.000000000");
  });

  it("is never guessed or rounded", () => {
    for (const text of [
      "",
      "1.",
      ".5",
      "1.0000000001",
      "1e3",
      "+1",
      " 1",
      "1 ",
      "0x1",
      "1,5",
      "NaN",
      "--1",
      "9223372036.854775808",
    ]) {
      expect(parseUsd(text), text).toBeNull();
    }
    for (const text of ["", "1.0", "+1", "1n", " 1", "99999999999999999999"])
      expect(() => nanoFromText(text), text).toThrow(RangeError);
    expect(parseUsd("9223372036.854775807")).toBe(MAX);
  });

  it("never leaves the range of a Postgres bigint", () => {
    expect(() => nanoUsd(MAX + 1n)).toThrow(RangeError);
    expect(() => nanoUsd(-MAX - 1n)).toThrow(RangeError);
  });
});

describe("a cost", () => {
  it("is the exact sum, rounded up once, whatever the quantities that prices are quoted in", () => {
    fc.assert(
      fc.property(lines, (entries) => {
        expect(costNano(entries)).toBe(expectedNano(entries));
      }),
    );
  });

  it("does not depend on order, nor on how units of one price are split", () => {
    fc.assert(
      fc.property(lines, (entries) => {
        expect(costNano(entries.toReversed())).toBe(costNano(entries));
        const halves = entries.flatMap(({ units, price }) => [
          { units: units / 2n, price },
          { units: units - units / 2n, price },
        ]);
        expect(costNano(halves)).toBe(costNano(entries));
      }),
    );
  });

  it("is zero for nothing and for an explicit zero price, and at least one nano for anything else", () => {
    expect(costNano([])).toBe(0n);
    expect(costNano([{ units: 5n, price: { pico: 0n, per: 1n } }])).toBe(0n);
    expect(costNano([{ units: 1n, price: { pico: 1n, per: 1_000_000n } }])).toBe(1n);
  });

  it("refuses negative units and what is no price", () => {
    expect(() => costNano([{ units: -1n, price: { pico: 1n, per: 1n } }])).toThrow(RangeError);
    expect(() => costNano([{ units: 1n, price: { pico: -1n, per: 1n } }])).toThrow(RangeError);
    expect(() => costNano([{ units: 1n, price: { pico: 1n, per: 0n } }])).toThrow(RangeError);
  });
});

describe("what an amount affords", () => {
  it("is the most units whose cost fits, and one more would not", () => {
    const money = fc.bigInt({ min: 0n, max: 10n ** 13n }).map(nanoUsd);
    fc.assert(
      fc.property(money, prices, (amount, price) => {
        const units = affordableUnits(amount, price);
        if (units === null) {
          expect(price.pico).toBe(0n);
          return;
        }
        expect(costNano([{ units, price }])).toBeLessThanOrEqual(amount);
        expect(costNano([{ units: units + 1n, price }])).toBeGreaterThan(amount);
      }),
    );
  });

  it("is nothing when the amount is spent or owed", () => {
    expect(affordableUnits(nanoUsd(0n), { pico: 1n, per: 1n })).toBe(0n);
    expect(affordableUnits(nanoUsd(-5n), { pico: 1n, per: 1n })).toBe(0n);
  });
});

describe("a share of an amount", () => {
  const millionths = fc.bigInt({ min: 0n, max: 1_000_000n });
  const whole = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(nanoUsd);

  it("is rounded up once, and never to more than one nano-USD above the exact share", () => {
    expect(partOf(nanoUsd(1_001n), 50_000n)).toBe(51n);
    fc.assert(
      fc.property(whole, millionths, (amount, share) => {
        const rounded = partOf(amount, share) * 1_000_000n;
        expect(rounded).toBeGreaterThanOrEqual(amount * share);
        expect(rounded - amount * share).toBeLessThan(1_000_000n);
      }),
    );
    expect(() => partOf(nanoUsd(1n), -1n)).toThrow(RangeError);
  });

  it("of the most that it affords is affordable, and of one more it is not", () => {
    fc.assert(
      fc.property(
        whole,
        millionths.filter((share) => share > 0n),
        (part, share) => {
          const most = wholeOf(part, share);
          expect(partOf(most, share)).toBeLessThanOrEqual(part);
          expect(partOf(nanoUsd(most + 1n), share)).toBeGreaterThan(part);
        },
      ),
    );
    expect(wholeOf(nanoUsd(MAX), 1n)).toBe(MAX);
    expect(wholeOf(nanoUsd(0n), 0n)).toBe(MAX);
    expect(() => wholeOf(nanoUsd(1n), -1n)).toThrow(RangeError);
  });
});

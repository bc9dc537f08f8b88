import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, priceFromDecimal } from "../../../dev/catalog/decimal.ts";

const MILLION = 1_000_000n;

describe("a decimal price", () => {
  it("becomes exact pico-USD", () => {
    expect(priceFromDecimal("0.15", MILLION)).toEqual({ pico: 150_000_000_000n, per: MILLION });
    expect(priceFromDecimal("0.003625", MILLION)).toEqual({ pico: 3_625_000_000n, per: MILLION });
    expect(priceFromDecimal("0", MILLION)).toEqual({ pico: 0n, per: MILLION });
    expect(priceFromDecimal("1e-7", MILLION)).toEqual({ pico: 100_000n, per: MILLION });
  });

  it("widens its quantity where pico-USD are too coarse, instead of rounding", () => {
    expect(priceFromDecimal("0.00000000000015", 1n)).toEqual({ pico: 15n, per: 100n });
  });

  it("refuses what float arithmetic left behind, signs and words", () => {
    for (const text of ["0.30000000000000004", "-1", "+1", "1,5", "", "NaN", "0x10", "1e999", "1.2.3"]) {
      expect(() => priceFromDecimal(text, MILLION), text).toThrow(RangeError);
    }
    for (const literal of [-1, Number.NaN, Infinity]) expect(() => decimalText(literal)).toThrow(RangeError);
  });

  it("keeps any decimal of up to 15 digits exactly, through a number literal too", () => {
    const decimals = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(decimals, ([digits, places]) => {
        const padded = digits.toString().padStart(places + 1, "0");
        const text = places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`;
        const { pico, per } = priceFromDecimal(decimalText(Number(text)), MILLION);
        // digits / 10^places USD per million = pico × 1e-12 USD per `per`
        expect(pico * 10n ** BigInt(places) * MILLION).toBe(digits * 10n ** 12n * per);
      }),
    );
  });
});

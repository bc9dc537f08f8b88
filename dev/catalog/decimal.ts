import type { Price } from "../../src/kernel/index.ts";

const PICO_DECIMALS = 12;
/** A double keeps 15 significant decimal digits exactly; a price literal with more is the result of float arithmetic. */
const SIGNIFICANT_DIGITS_MAX = 15;
const DECIMALS_MAX = 40;

/**
 * A decimal text in USD per `per` units as an exact price. Accepts `12`, `0.15`, `1e-7`. Throws RangeError on a sign, on
 * anything else, and on more digits than a price list prints. Where pico-USD are too coarse, `per` grows instead.
 */
export function priceFromDecimal(text: string, per: bigint): Price {
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,2}))?$/i.exec(text);
  if (!match) throw new RangeError(`not a decimal price: ${text}`);
  const [, whole = "", fraction = "", exponentText = "0"] = match;
  const digits = (whole + fraction).replace(/^0+/, "");
  if (digits.replace(/0+$/, "").length > SIGNIFICANT_DIGITS_MAX) throw new RangeError(`a float, not a price: ${text}`);
  const decimals = fraction.length - Number(exponentText);
  if (Math.abs(decimals) > DECIMALS_MAX) throw new RangeError(`price out of range: ${text}`);
  const shift = PICO_DECIMALS - decimals;
  let pico = BigInt(digits || "0");
  if (shift >= 0) return { pico: pico * 10n ** BigInt(shift), per };
  let excess = -shift;
  for (; excess > 0 && pico % 10n === 0n; excess -= 1) pico /= 10n;
  return { pico, per: per * 10n ** BigInt(excess) };
}

/** The shortest decimal text of a number literal of the package: exactly what its JSON says, as the check above proves. */
export function decimalText(literal: number): string {
  if (!Number.isFinite(literal) || literal < 0) throw new RangeError(`not a price: ${literal}`);
  return String(literal);
}

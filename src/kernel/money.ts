/**
 * Money is a whole number of nano-USD (1e-9 USD) in a branded bigint; prices are whole pico-USD per so many units.
 * This is the only file that divides or rounds money. Source: design MONEY section 1.
 */

declare const nanoUsdBrand: unique symbol;

/** A signed amount in nano-USD (1 USD = 1,000,000,000). */
export type NanoUsd = bigint & { readonly [nanoUsdBrand]: true };

/** A price: `pico` pico-USD (1e-12 USD) for every `per` units. `pico` 0 is a price; a missing price is not one. */
export interface Price {
  readonly pico: bigint;
  readonly per: bigint;
}

/** `units` of something at a price. Units are whole and never negative. */
export interface PricedUnits {
  readonly units: bigint;
  readonly price: Price;
}

const NANO_PER_USD = 1_000_000_000n;
const PICO_PER_NANO = 1_000n;
const USD_DECIMALS = 9;
/** Postgres `bigint` is the widest store an amount passes through. */
const MAX_NANO = 9_223_372_036_854_775_807n;

/** Brands a bigint as nano-USD. Throws RangeError outside the range of a Postgres `bigint`. */
export function nanoUsd(value: bigint): NanoUsd {
  if (value > MAX_NANO || value < -MAX_NANO) throw new RangeError("amount outside the 64-bit range");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand is given here and nowhere else, after the range check
  return value as NanoUsd;
}

export const ZERO_NANO: NanoUsd = nanoUsd(0n);

/**
 * The cost of all lines together, rounded once, up to the next nano-USD.
 * Lines with different `per` are added as exact fractions first, so the order and grouping of lines never matters.
 */
export function costNano(lines: readonly PricedUnits[]): NanoUsd {
  let numerator = 0n;
  let denominator = 1n;
  for (const { units, price } of lines) {
    if (units < 0n) throw new RangeError("negative units");
    if (price.per <= 0n || price.pico < 0n) throw new RangeError("not a price");
    if (price.per === denominator) numerator += units * price.pico;
    else {
      numerator = numerator * price.per + units * price.pico * denominator;
      denominator *= price.per;
    }
  }
  return nanoUsd(divideUp(numerator, denominator * PICO_PER_NANO));
}

/** How many units an amount pays for at a price, rounded down. Returns null where the price is zero: any number. */
export function affordableUnits(amount: NanoUsd, price: Price): bigint | null {
  if (price.pico === 0n) return null;
  if (amount <= 0n) return 0n;
  return (amount * PICO_PER_NANO * price.per) / price.pico;
}

/** How often one amount, above zero, fits into another, rounded down; 0 where the other is below it. */
export function timesIn(amount: NanoUsd, each: NanoUsd): bigint {
  if (each <= 0n) throw new RangeError("nothing to fit");
  return amount < each ? 0n : amount / each;
}

/** One of `parts` equal parts of an amount, rounded down; nothing of an amount below zero. */
export function floorPart(amount: NanoUsd, parts: bigint): NanoUsd {
  if (parts <= 0n) throw new RangeError("no parts");
  return amount <= 0n ? ZERO_NANO : nanoUsd(amount / parts);
}

const MILLION = 1_000_000n;

/** A share of an amount in parts per million, rounded up to the next nano-USD. Throws RangeError for a negative one. */
export function partOf(amount: NanoUsd, perMillion: bigint): NanoUsd {
  if (amount < 0n || perMillion < 0n) throw new RangeError("a negative amount or share");
  return nanoUsd(divideUp(amount * perMillion, MILLION));
}

/** The most of which `partOf` is not above an amount, up to what a ledger row holds: a share of nothing bounds nothing. */
export function wholeOf(part: NanoUsd, perMillion: bigint): NanoUsd {
  if (perMillion < 0n) throw new RangeError("a negative share");
  if (perMillion === 0n) return nanoUsd(MAX_NANO);
  if (part <= 0n) return part;
  const whole = (part * MILLION) / perMillion;
  return nanoUsd(whole > MAX_NANO ? MAX_NANO : whole);
}

/** `"0.000123000"`: USD with exactly nine decimals, the form of every amount in public JSON. */
export function formatUsd(amount: NanoUsd): string {
  const absolute = amount < 0n ? 0n - amount : amount;
  const fraction = (absolute % NANO_PER_USD).toString().padStart(USD_DECIMALS, "0");
  return `${amount < 0n ? "-" : ""}${absolute / NANO_PER_USD}.${fraction}`;
}

/** Reads a decimal USD string with up to nine decimals. Returns null for anything else: it never guesses or rounds. */
export function parseUsd(text: string): NanoUsd | null {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return null;
  const [, sign, whole = "0", fraction = ""] = match;
  const absolute = BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(USD_DECIMALS, "0"));
  if (absolute > MAX_NANO) return null;
  return nanoUsd(sign === "-" ? 0n - absolute : absolute);
}

/** Reads the integer text of an internal `_nano` field. Throws on anything else: internal data is trusted to be whole. */
export function nanoFromText(text: string): NanoUsd {
  if (!/^-?\d{1,19}$/.test(text)) throw new RangeError("not an integer amount");
  return nanoUsd(BigInt(text));
}

function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

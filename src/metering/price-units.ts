import { costNano, USAGE_UNITS, type NanoUsd, type PricedUnits, type UsageUnit, type UsageUnits } from "#kernel";
import { selectPrice, type PriceSheet, type TieredPrice } from "#catalog";
import { INPUT_UNITS, totalOf } from "./unit-groups.ts";

/** The cost, or the first unit that was used and has no price here: an error before a call, a fault after one. */
export type PricedCost =
  | { readonly ok: true; readonly costNano: NanoUsd }
  | { readonly ok: false; readonly missing: UsageUnit };

/**
 * Where a unit has no price of its own, it costs what the unit to the right costs, and so on: never zero. A provider
 * that prints one price for input charges it for cached input too. Units without a row have no substitute.
 */
const FALLBACK: Readonly<Partial<Record<UsageUnit, UsageUnit>>> = {
  cached_read: "input",
  cache_write_5m: "input",
  cache_write_1h: "cache_write_5m",
  reasoning: "output",
  audio_in: "input",
  audio_cached_read: "audio_in",
  audio_out: "output",
  image_in: "input",
  image_out: "output",
};

/** All input tokens of a usage, however they are priced. */
export function totalInputTokens(units: UsageUnits): number {
  return totalOf(units, INPUT_UNITS);
}

/** The price of a unit on a sheet, or of its substitute; null when neither is priced. */
export function resolvePrice(unit: UsageUnit, sheet: PriceSheet): TieredPrice | null {
  let candidate: UsageUnit | undefined = unit;
  while (candidate !== undefined) {
    const price = sheet.prices[candidate];
    if (price) return price;
    candidate = FALLBACK[candidate];
  }
  return null;
}

/**
 * What a usage costs on a price sheet, rounded up once. The whole input chooses the tier of every unit. Counts that are
 * zero need no price. Throws RangeError when a count is negative or not whole: usage is checked where it is read.
 */
export function priceUnits(units: UsageUnits, sheet: PriceSheet): PricedCost {
  const inputTokens = totalInputTokens(units);
  const lines: PricedUnits[] = [];
  for (const unit of USAGE_UNITS) {
    const count = BigInt(units[unit] ?? 0);
    if (count === 0n) continue;
    const tiered = resolvePrice(unit, sheet);
    if (tiered === null) return { ok: false, missing: unit };
    lines.push({ units: count, price: selectPrice(tiered, inputTokens) });
  }
  return { ok: true, costNano: costNano(lines) };
}

/**
 * A usage with the call itself, where the sheet has a fee for each call (Perplexity's search): no provider's usage names
 * it. Nothing used is no call that is charged, and gets no fee.
 */
export function withCallFee(units: UsageUnits, sheet: PriceSheet): UsageUnits {
  const isUsed = USAGE_UNITS.some((unit) => (units[unit] ?? 0) > 0);
  return sheet.prices.calls && isUsed ? { ...units, calls: 1 } : units;
}

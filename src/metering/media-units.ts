import { costNano, type PricedUnits, type UsageUnit, type UsageUnits } from "#kernel";
import type { PriceSheet } from "#catalog";
import type { HoldAnswer } from "./hold-request.ts";
import { resolvePrice } from "./price-units.ts";
import { INPUT_UNITS, OUTPUT_UNITS, totalOf } from "./unit-groups.ts";

/** Whole things that a provider bills instead of tokens. Where a sheet prices one of them, it is what the call counts in. */
const COUNTED_UNITS: readonly UsageUnit[] = ["searches", "images", "characters", "audio_ms"];
const TOKEN_UNITS: readonly UsageUnit[] = [...INPUT_UNITS, ...OUTPUT_UNITS];

/**
 * Of all the ways in which a call that is not text may be counted, the one that this sheet prices: whole things where it
 * prices any of those that the call has, else tokens.
 */
export function mediaUnits(units: UsageUnits, sheet: PriceSheet): UsageUnits {
  const counted = COUNTED_UNITS.filter((unit) => (units[unit] ?? 0) > 0 && sheet.prices[unit] !== undefined);
  return only(units, counted.length > 0 ? counted : TOKEN_UNITS);
}

/** The hold for a call that can use these units at most, each in its dearest tier. Nothing of it can be granted in part. */
export function holdMedia(most: UsageUnits, sheet: PriceSheet): HoldAnswer {
  const units = mediaUnits(most, sheet);
  const inputTokens = totalOf(units, INPUT_UNITS);
  const lines: PricedUnits[] = [];
  for (const [unit, count] of entriesOf(units)) {
    const tiered = resolvePrice(unit, sheet);
    if (tiered === null) return { ok: false, missing: unit };
    const reachable = tiered.tiers.filter((tier) => tier.fromInputTokens <= inputTokens).map(({ price }) => price);
    const price = reachable.reduce(
      (dearest, next) => (next.pico * dearest.per > dearest.pico * next.per ? next : dearest),
      tiered.base,
    );
    lines.push({ units: BigInt(count), price });
  }
  // Neither bounded nor priced in any way that we know: a call without a hold would be free (trap G3).
  if (lines.length === 0) return { ok: false, missing: "calls" };
  if (sheet.prices.calls) lines.push({ units: 1n, price: sheet.prices.calls.base });
  return { ok: true, hold: { baseNano: costNano(lines), inputTokens, output: null } };
}

/** Bounds of media rest on published tables that may age: figures are doubted only well above them. */
const PLAUSIBLE_MULTIPLE = 4;

/** Whether a usage is several times what the call can use at most. */
export function exceedsMedia(usage: UsageUnits, most: UsageUnits): boolean {
  const groups = [INPUT_UNITS, OUTPUT_UNITS, ...COUNTED_UNITS.map((unit) => [unit])];
  return groups.some((group) => {
    const bound = totalOf(most, group);
    return bound > 0 && totalOf(usage, group) > bound * PLAUSIBLE_MULTIPLE;
  });
}

function only(units: UsageUnits, wanted: readonly UsageUnit[]): UsageUnits {
  return Object.fromEntries(entriesOf(units).filter(([unit]) => wanted.includes(unit)));
}

function entriesOf(units: UsageUnits): (readonly [UsageUnit, number])[] {
  return [...COUNTED_UNITS, ...TOKEN_UNITS].flatMap((unit) => {
    const count = units[unit] ?? 0;
    return count > 0 ? [[unit, count] as const] : [];
  });
}

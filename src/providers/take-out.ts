import type { UsageUnit, UsageUnits } from "#kernel";

/** Splits a whole into parts and a rest, so that they always add up to it and none is negative. Empty parts are left out. */
export function takeOut(rest: UsageUnit, whole: number, parts: readonly (readonly [UsageUnit, number])[]): UsageUnits {
  const units: Partial<Record<UsageUnit, number>> = {};
  let left = whole;
  for (const [unit, wanted] of parts) {
    const taken = Math.min(wanted, left);
    if (taken > 0) units[unit] = taken;
    left -= taken;
  }
  units[rest] = left;
  return units;
}

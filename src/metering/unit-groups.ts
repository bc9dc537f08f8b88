import type { UsageUnit, UsageUnits } from "#kernel";

/** The units that make up a request's whole input, which chooses its price tier. */
export const INPUT_UNITS: readonly UsageUnit[] = [
  "input",
  "cached_read",
  "cache_write_5m",
  "cache_write_1h",
  "audio_in",
  "audio_cached_read",
  "image_in",
];

/** The units that an output maximum bounds, all together. */
export const OUTPUT_UNITS: readonly UsageUnit[] = ["output", "reasoning", "audio_out", "image_out"];

/** The sum of some units of a usage. */
export function totalOf(units: UsageUnits, group: readonly UsageUnit[]): number {
  return group.reduce((total, unit) => total + (units[unit] ?? 0), 0);
}

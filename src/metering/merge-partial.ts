import { USAGE_UNITS, type UsageUnit, type UsageUnits } from "#kernel";
import { INPUT_UNITS, OUTPUT_UNITS, totalOf } from "./unit-groups.ts";

/**
 * The units of a stream that did not come to its end though it named figures on its way (trap G9): an early usage chunk
 * says what the input counts, and less than what was delivered after it. Input is the provider's where it named any;
 * output is per unit the greater of its figures and the estimate. Never more output than the maximum, or than the
 * provider itself counted where that is more.
 */
export function mergePartial(usage: UsageUnits, estimate: UsageUnits, outputMaximum: number | null): UsageUnits {
  const merged: Partial<Record<UsageUnit, number>> = { ...estimate, ...usage };
  const inputs = totalOf(usage, INPUT_UNITS) > 0 ? usage : estimate;
  for (const unit of INPUT_UNITS) merged[unit] = inputs[unit] ?? 0;
  const shown = alike(estimate, usage);
  for (const unit of OUTPUT_UNITS) merged[unit] = Math.max(usage[unit] ?? 0, shown[unit] ?? 0);
  const limit = Math.max(outputMaximum ?? Infinity, totalOf(usage, OUTPUT_UNITS));
  const excess = Math.max(0, totalOf(merged, OUTPUT_UNITS) - limit);
  merged.output = Math.max(usage.output ?? 0, (merged.output ?? 0) - excess);
  for (const unit of USAGE_UNITS) if (merged[unit] === 0) delete merged[unit];
  return merged;
}

/** A provider that counts no reasoning apart has it in its output: the estimate is laid out in the same way. */
function alike(estimate: UsageUnits, usage: UsageUnits): UsageUnits {
  if ((usage.reasoning ?? 0) > 0 || totalOf(usage, OUTPUT_UNITS) === 0) return estimate;
  return { ...estimate, output: (estimate.output ?? 0) + (estimate.reasoning ?? 0), reasoning: 0 };
}

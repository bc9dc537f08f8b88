import { nanoUsd } from "#kernel";
import type { UsageFigures } from "#store";

/** What rows hold beyond the totals: by tag, the calls of keys that have several. Of every other grouping it is nothing. */
export function overlapOf(rows: readonly UsageFigures[], totals: UsageFigures): UsageFigures {
  const beyond = (figure: (one: UsageFigures) => number): number =>
    rows.reduce((sum, row) => sum + figure(row), 0) - figure(totals);
  const beyondNano = (amount: (one: UsageFigures) => bigint) =>
    nanoUsd(rows.reduce((sum, row) => sum + amount(row), 0n) - amount(totals));
  return {
    calls: beyond((one) => one.calls),
    failed_calls: beyond((one) => one.failed_calls),
    input_tokens: beyond((one) => one.input_tokens),
    cached_tokens: beyond((one) => one.cached_tokens),
    output_tokens: beyond((one) => one.output_tokens),
    reasoning_tokens: beyond((one) => one.reasoning_tokens),
    cost_nano: beyondNano((one) => one.cost_nano),
    upstream_nano: beyondNano((one) => one.upstream_nano),
  };
}

import type { UsageUnits } from "#kernel";
import type { MeteredUsage } from "../answer-events.ts";

const sum = (units: UsageUnits, ...names: readonly (keyof UsageUnits)[]): number =>
  names.reduce((total, name) => total + (units[name] ?? 0), 0);

/** OpenAI's usage of a response: the input includes what was cached and written to a cache, the output the reasoning. */
export function encodeUsage({ units, costUsd }: MeteredUsage): Readonly<Record<string, unknown>> {
  const cached = sum(units, "cached_read", "audio_cached_read");
  const written = sum(units, "cache_write_5m", "cache_write_1h");
  const input = sum(units, "input", "audio_in", "image_in") + cached + written;
  const reasoning = sum(units, "reasoning");
  const output = sum(units, "output", "audio_out", "image_out") + reasoning;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
    ...(costUsd === null ? {} : { cost: costUsd }),
  };
}

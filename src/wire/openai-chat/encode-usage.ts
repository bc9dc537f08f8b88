import type { UsageUnits } from "#kernel";
import type { MeteredUsage } from "../answer-events.ts";

const sum = (units: UsageUnits, ...names: readonly (keyof UsageUnits)[]): number =>
  names.reduce((total, name) => total + (units[name] ?? 0), 0);

/** OpenAI's `usage`: the prompt includes what was cached, written to a cache and heard, the completion the reasoning. */
export function encodeUsage({ units, costUsd }: MeteredUsage): Readonly<Record<string, unknown>> {
  const cached = sum(units, "cached_read", "audio_cached_read");
  const written = sum(units, "cache_write_5m", "cache_write_1h");
  const heard = sum(units, "audio_in", "audio_cached_read");
  const prompt = sum(units, "input", "audio_in", "image_in") + cached + written;
  const completion = sum(units, "output", "reasoning", "audio_out", "image_out");
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      audio_tokens: heard,
      ...(written > 0 ? { cache_write_tokens: written } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: units.reasoning ?? 0,
      audio_tokens: units.audio_out ?? 0,
    },
    ...(costUsd === null ? {} : { cost: costUsd }),
  };
}

import type { UsageUnits } from "#kernel";
import type { MeteredUsage } from "../answer-events.ts";

const sum = (units: UsageUnits, ...names: readonly (keyof UsageUnits)[]): number =>
  names.reduce((total, name) => total + (units[name] ?? 0), 0);

/** `usageMetadata`: the prompt includes what was cached, the candidates exclude the thoughts. */
export function encodeUsage({ units, costUsd }: MeteredUsage): Readonly<Record<string, unknown>> {
  const cached = sum(units, "cached_read", "audio_cached_read");
  const prompt = sum(units, "input", "cache_write_5m", "cache_write_1h", "audio_in", "image_in") + cached;
  const candidates = sum(units, "output", "audio_out", "image_out");
  const thoughts = sum(units, "reasoning");
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: candidates,
    totalTokenCount: prompt + candidates + thoughts,
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    ...(costUsd === null ? {} : { cost: costUsd }),
  };
}

import * as z from "zod/mini";
import type { Operation, UsageUnits } from "#kernel";
import type { RawUsage } from "#wire";
import { takeOut } from "../take-out.ts";

const count = z.optional(z.nullable(z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 0))));
const inputDetails = z.optional(
  z.nullable(z.looseObject({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count })),
);

const usageSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: inputDetails,
  /** Mistral's older spelling. */
  prompt_token_details: inputDetails,
  num_cached_tokens: count,
  /** DeepSeek's own name beside OpenAI's. */
  prompt_cache_hit_tokens: count,
  completion_tokens_details: z.optional(z.nullable(z.looseObject({ reasoning_tokens: count, audio_tokens: count }))),
});

type Usage = z.infer<typeof usageSchema>;

/**
 * OpenAI's usage as disjoint buckets: cached, cache-written and audio tokens are taken out of the prompt, reasoning and
 * audio out of the completion. Where the total says that reasoning was counted beside the completion (xAI), it is not
 * taken out. Parts that exceed their whole are clamped to it. Null where a count is not a whole number or the basis is missing.
 */
export function mapUsage(raw: RawUsage, operation: Operation): UsageUnits | null {
  const result = usageSchema.safeParse(raw);
  if (!result.success) return null;
  const usage = result.data;
  const prompt = usage.prompt_tokens;
  if (prompt === undefined || prompt === null) return null;
  if (operation === "embeddings") return { input: prompt };
  const completion = usage.completion_tokens ?? completionFromTotal(usage, prompt);
  if (completion === null) return null;
  return { ...inputUnits(usage, prompt), ...outputUnits(usage, prompt, completion) };
}

function completionFromTotal(usage: Usage, prompt: number): number | null {
  const total = usage.total_tokens;
  return total === undefined || total === null || total < prompt ? null : total - prompt;
}

function inputUnits(usage: Usage, prompt: number): UsageUnits {
  const details = usage.prompt_tokens_details ?? usage.prompt_token_details;
  const cached = details?.cached_tokens ?? usage.num_cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0;
  return takeOut("input", prompt, [
    ["cached_read", cached],
    ["cache_write_5m", details?.cache_write_tokens ?? 0],
    ["audio_in", details?.audio_tokens ?? 0],
  ]);
}

function outputUnits(usage: Usage, prompt: number, completion: number): UsageUnits {
  const details = usage.completion_tokens_details;
  const reasoning = details?.reasoning_tokens ?? 0;
  const isBeside = reasoning > 0 && usage.total_tokens === prompt + completion + reasoning;
  return takeOut("output", isBeside ? completion + reasoning : completion, [
    ["reasoning", reasoning],
    ["audio_out", details?.audio_tokens ?? 0],
  ]);
}

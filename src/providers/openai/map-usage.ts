import * as z from "zod/mini";
import type { Operation, UsageUnits } from "#kernel";
import type { RawUsage, UpstreamFormat } from "#wire";
import { mapUsage as mapChatUsage } from "../openai-compatible/map-usage.ts";
import { takeOut } from "../take-out.ts";
import { countsMedia, mapMediaUsage } from "./map-media-usage.ts";

const whole = z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 0));
const count = z.optional(z.nullable(whole));

const usageSchema = z.looseObject({
  input_tokens: whole,
  input_tokens_details: z.optional(z.nullable(z.looseObject({ cached_tokens: count, cache_write_tokens: count }))),
  output_tokens: whole,
  output_tokens_details: z.optional(z.nullable(z.looseObject({ reasoning_tokens: count }))),
  /** Counted by the codec, since OpenAI does not. */
  web_search_calls: count,
});

/**
 * OpenAI's usage as disjoint buckets. That of responses: cached and cache-written tokens are taken out of the input,
 * reasoning out of the output. Null where a count is not a whole number or the basis is missing. Source: OpenAI's API
 * reference, ResponseUsage.
 */
export function mapUsage(raw: RawUsage, operation: Operation, format: UpstreamFormat | null): UsageUnits | null {
  if (countsMedia(operation)) return mapMediaUsage(raw, operation);
  if (format !== "openai-responses") return mapChatUsage(raw, operation);
  const result = usageSchema.safeParse(raw);
  if (!result.success) return null;
  const usage = result.data;
  const searches = usage.web_search_calls ?? 0;
  return {
    ...takeOut("input", usage.input_tokens, [
      ["cached_read", usage.input_tokens_details?.cached_tokens ?? 0],
      ["cache_write_5m", usage.input_tokens_details?.cache_write_tokens ?? 0],
    ]),
    ...takeOut("output", usage.output_tokens, [["reasoning", usage.output_tokens_details?.reasoning_tokens ?? 0]]),
    ...(searches > 0 ? { searches } : {}),
  };
}

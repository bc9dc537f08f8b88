import * as z from "zod/mini";
import type { Operation, UsageUnits } from "#kernel";
import type { RawUsage } from "#wire";
import { takeOut } from "../take-out.ts";

const count = z.optional(z.nullable(z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 0))));

const usageSchema = z.looseObject({
  input_tokens: z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= 0)),
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation: z.optional(z.nullable(z.looseObject({ ephemeral_1h_input_tokens: count }))),
  output_tokens: count,
  output_tokens_details: z.optional(z.nullable(z.looseObject({ thinking_tokens: count }))),
  server_tool_use: z.optional(z.nullable(z.looseObject({ web_search_requests: count }))),
});

/**
 * Anthropic's usage as disjoint buckets: cached input stands beside the input already, thinking is taken out of the
 * output. A stream that has not ended names its input alone (G11). Null where a count is not a whole number or the input
 * is missing. Source: Anthropic's API reference, Usage.
 */
export function mapUsage(raw: RawUsage, operation: Operation): UsageUnits | null {
  if (operation !== "chat.completions") return null;
  const result = usageSchema.safeParse(raw);
  if (!result.success) return null;
  const usage = result.data;
  const written = usage.cache_creation_input_tokens ?? 0;
  const read = usage.cache_read_input_tokens ?? 0;
  const searches = usage.server_tool_use?.web_search_requests ?? 0;
  const hourly = Math.min(written, usage.cache_creation?.ephemeral_1h_input_tokens ?? 0);
  return {
    input: usage.input_tokens,
    ...(read > 0 ? { cached_read: read } : {}),
    ...(written - hourly > 0 ? { cache_write_5m: written - hourly } : {}),
    ...(hourly > 0 ? { cache_write_1h: hourly } : {}),
    ...(searches > 0 ? { searches } : {}),
    ...outputUnits(usage.output_tokens, usage.output_tokens_details?.thinking_tokens),
  };
}

function outputUnits(output: number | null | undefined, thinking: number | null | undefined): UsageUnits {
  if (output === undefined || output === null) return {};
  return takeOut("output", output, [["reasoning", thinking ?? 0]]);
}

import type { UsageUnits } from "#kernel";

/** Units as Anthropic counts them: cached and cache-written input stand beside the input, thinking stands inside the output. */
export function encodeUsage(units: UsageUnits, costUsd: string | null): Readonly<Record<string, unknown>> {
  const of = (unit: keyof UsageUnits): number => units[unit] ?? 0;
  const reasoning = of("reasoning");
  const searches = of("searches");
  return {
    input_tokens: of("input") + of("audio_in") + of("image_in"),
    cache_creation_input_tokens: of("cache_write_5m") + of("cache_write_1h"),
    cache_read_input_tokens: of("cached_read") + of("audio_cached_read"),
    cache_creation: {
      ephemeral_5m_input_tokens: of("cache_write_5m"),
      ephemeral_1h_input_tokens: of("cache_write_1h"),
    },
    output_tokens: of("output") + reasoning + of("audio_out") + of("image_out"),
    ...(reasoning > 0 ? { output_tokens_details: { thinking_tokens: reasoning } } : {}),
    ...(searches > 0 ? { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } } : {}),
    ...(costUsd === null ? {} : { cost: costUsd }),
  };
}

import type { ProviderSpec } from "../spec.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapError } from "./map-error.ts";
import { mapUsage } from "./map-usage.ts";
import type { CompatibleProvider } from "./table.ts";

/** The spec of a provider that speaks OpenAI's format, from its row. */
export function compatibleSpec(row: CompatibleProvider): ProviderSpec {
  const prefix = row.id.toUpperCase();
  return {
    id: row.id,
    defaultBaseUrl: row.defaultBaseUrl,
    env: { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` },
    operations: row.embeddings ? ["chat.completions", "embeddings"] : ["chat.completions"],
    textFormat: () => "openai-chat",
    ...(row.parameters ? { parameters: row.parameters } : {}),
    encodeRequest: (settings, call) => encodeRequest(row, settings, call),
    mapUsage,
    mapError,
  };
}

import type { ProviderAdapter, ProviderSpec } from "../spec.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapError } from "./map-error.ts";
import { mapUsage } from "./map-usage.ts";
import type { CompatibleProvider } from "./table.ts";

/** The spec of a provider that speaks OpenAI's format, from its row. What speaks to it is there from the start: most calls need it. */
export function compatibleSpec(row: CompatibleProvider): ProviderSpec {
  const prefix = row.id.toUpperCase();
  return {
    id: row.id,
    defaultBaseUrl: row.defaultBaseUrl,
    env: { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` },
    operations: [
      "chat.completions",
      ...(row.embeddings ? (["embeddings"] as const) : []),
      ...(row.soundMinimumMs === undefined ? [] : (["audio.transcriptions", "audio.translations"] as const)),
    ],
    load: () => loadAdapter(row),
  };
}

async function loadAdapter(row: CompatibleProvider): Promise<ProviderAdapter> {
  const adapter = compatibleAdapter(row);
  if (row.soundMinimumMs === undefined) return adapter;
  return (await import("./with-sound.ts")).withSound(adapter, row.soundMinimumMs);
}

/** What speaks OpenAI's format in the dialect of a row. */
export function compatibleAdapter(row: CompatibleProvider): ProviderAdapter {
  return {
    textFormat: () => "openai-chat",
    ...(row.parameters ? { parameters: row.parameters } : {}),
    encodeRequest: (settings, call) => encodeRequest(row, settings, call),
    mapUsage,
    mapError,
  };
}

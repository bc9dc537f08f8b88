import { mapError } from "../openai-compatible/map-error.ts";
import type { CompatibleProvider } from "../openai-compatible/table.ts";
import type { ProviderSpec } from "../spec.ts";
import { encodeRequest, textFormat } from "./encode-request.ts";
import { mapUsage } from "./map-usage.ts";

const DIALECT: CompatibleProvider = {
  id: "openai",
  defaultBaseUrl: "https://api.openai.com/v1",
  outputMaximumParam: "max_completion_tokens",
  streamOptions: "ask",
  embeddings: true,
};

/** OpenAI's own API: responses, and the chat completions and embeddings that others have copied. */
export const OPENAI: ProviderSpec = {
  id: DIALECT.id,
  defaultBaseUrl: DIALECT.defaultBaseUrl,
  env: { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  operations: ["chat.completions", "embeddings"],
  textFormat,
  encodeRequest: (settings, call) => encodeRequest(DIALECT, settings, call),
  mapUsage,
  mapError,
};

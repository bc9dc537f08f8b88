import { mapError } from "../openai-compatible/map-error.ts";
import type { CompatibleProvider } from "../openai-compatible/table.ts";
import type { ProviderAdapter } from "../spec.ts";
import { encodeRequest, textFormat } from "./encode-request.ts";
import { mapUsage } from "./map-usage.ts";

const DIALECT: CompatibleProvider = {
  id: "openai",
  defaultBaseUrl: null,
  outputMaximumParam: "max_completion_tokens",
  streamOptions: "ask",
  embeddings: true,
};

/** What speaks to OpenAI. */
export const ADAPTER: ProviderAdapter = {
  textFormat,
  encodeRequest: (settings, call) => encodeRequest(DIALECT, settings, call),
  mapUsage,
  mapError,
};

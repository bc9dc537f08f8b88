import { mapError } from "./map-error.ts";
import type { ProviderSpec } from "../spec.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapUsage } from "./map-usage.ts";

/** Anthropic's own API. */
export const ANTHROPIC: ProviderSpec = {
  id: "anthropic",
  defaultBaseUrl: "https://api.anthropic.com/v1",
  env: { apiKey: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
  operations: ["chat.completions", "tokens.count"],
  textFormat: () => "anthropic-messages",
  encodeRequest,
  mapUsage,
  mapError,
};

import type { ProviderSpec } from "../spec.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapError } from "./map-error.ts";
import { mapUsage } from "./map-usage.ts";

/** Google AI Studio: the Gemini API. */
export const GOOGLE: ProviderSpec = {
  id: "google",
  defaultBaseUrl: "https://generativelanguage.googleapis.com/v1beta",
  env: { apiKey: "GOOGLE_API_KEY", baseUrl: "GOOGLE_BASE_URL" },
  operations: ["chat.completions", "tokens.count", "embeddings"],
  textFormat: () => "gemini",
  encodeRequest,
  mapUsage,
  mapError,
};

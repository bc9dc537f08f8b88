import type { ProviderSpec } from "../spec.ts";
import { encodeRequest } from "./encode-request.ts";
import { mapError } from "./map-error.ts";
import { mapUsage } from "./map-usage.ts";

/** Cohere's v2 API. */
export const COHERE: ProviderSpec = {
  id: "cohere",
  defaultBaseUrl: "https://api.cohere.com/v2",
  env: { apiKey: "COHERE_API_KEY", baseUrl: "COHERE_BASE_URL" },
  operations: ["chat.completions", "embeddings"],
  textFormat: () => "cohere-chat",
  encodeRequest,
  mapUsage,
  mapError,
};

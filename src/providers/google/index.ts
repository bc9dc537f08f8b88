import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/** Google AI Studio: the Gemini API. */
export const GOOGLE: ProviderSpec = {
  id: "google",
  defaultBaseUrl: "https://generativelanguage.googleapis.com/v1beta",
  env: { apiKey: "GOOGLE_API_KEY", baseUrl: "GOOGLE_BASE_URL" },
  operations: ["chat.completions", "tokens.count", "embeddings", "images.generations"],
  countsTokensIn: "gemini",
  load: loadOnce(() => import("./adapter.ts")),
};

import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/** Cohere's v2 API. */
export const COHERE: ProviderSpec = {
  id: "cohere",
  defaultBaseUrl: "https://api.cohere.com/v2",
  env: { apiKey: "COHERE_API_KEY", baseUrl: "COHERE_BASE_URL" },
  operations: ["chat.completions", "embeddings", "rerank"],
  load: loadOnce(() => import("./adapter.ts")),
};

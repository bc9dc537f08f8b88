import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/**
 * Cloudflare Workers AI, by the endpoints below `https://api.cloudflare.com/client/v4/accounts/<account>/ai/v1`. The
 * address holds the account, so that there is no default. Source: Workers AI, "OpenAI compatible API endpoints".
 */
export const WORKERS_AI: ProviderSpec = {
  id: "workers-ai",
  defaultBaseUrl: null,
  env: { apiKey: "WORKERS_AI_API_KEY", baseUrl: "WORKERS_AI_BASE_URL" },
  operations: ["chat.completions", "embeddings", "rerank", "images.generations"],
  load: loadOnce(() => import("./adapter.ts")),
};

import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/** Anthropic's own API. */
export const ANTHROPIC: ProviderSpec = {
  id: "anthropic",
  defaultBaseUrl: "https://api.anthropic.com/v1",
  env: { apiKey: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
  operations: ["chat.completions", "tokens.count"],
  countsTokensIn: "anthropic-messages",
  load: loadOnce(() => import("./adapter.ts")),
};

import { compatibleSpec } from "../openai-compatible/index.ts";
import type { ProviderSpec } from "../spec.ts";
import { decodeEmbeddings } from "./decode-embeddings.ts";
import { mapError } from "./map-error.ts";

/** What Cloudflare's schemas of its text models name of the maximum; words of OpenAI's alone are left out. */
const SPEAKING_OPENAI = compatibleSpec({
  id: "workers-ai",
  defaultBaseUrl: null,
  outputMaximumParam: "max_tokens",
  streamOptions: "ask",
  embeddings: true,
  parameters: { verbosity: "dropped", metadata: "dropped", user: "dropped", logit_bias: "refused", n: "refused" },
});

/**
 * Cloudflare Workers AI, by the endpoints below `https://api.cloudflare.com/client/v4/accounts/<account>/ai/v1`. The
 * address holds the account, so that there is no default. Source: Workers AI, "OpenAI compatible API endpoints".
 */
export const WORKERS_AI: ProviderSpec = {
  ...SPEAKING_OPENAI,
  env: { apiKey: "WORKERS_AI_API_KEY", baseUrl: "WORKERS_AI_BASE_URL" },
  async encodeRequest(settings, call) {
    const encoded = await SPEAKING_OPENAI.encodeRequest(settings, call);
    if (call.operation !== "embeddings") return encoded;
    return { ...encoded, decodeAnswer: (text) => decodeEmbeddings(text, call.request) };
  },
  mapError,
};

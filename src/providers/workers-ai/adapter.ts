import { compatibleAdapter } from "../openai-compatible/index.ts";
import type { ProviderAdapter } from "../spec.ts";
import { decodeEmbeddings } from "./decode-embeddings.ts";
import { countsMedia, mapMediaUsage } from "../openai/map-media-usage.ts";
import { mapError } from "./map-error.ts";
import { encodeRun } from "./encode-run.ts";

/** What Cloudflare's schemas of its text models name of the maximum; words of OpenAI's alone are left out. */
const SPEAKING_OPENAI = compatibleAdapter({
  id: "workers-ai",
  defaultBaseUrl: null,
  outputMaximumParam: "max_tokens",
  streamOptions: "ask",
  embeddings: true,
  parameters: { verbosity: "dropped", metadata: "dropped", user: "dropped", logit_bias: "refused", n: "refused" },
});

/** What speaks to Workers AI. */
export const ADAPTER: ProviderAdapter = {
  ...SPEAKING_OPENAI,
  async encodeRequest(settings, call) {
    const run = encodeRun(settings, call);
    if (run) return run;
    const encoded = await SPEAKING_OPENAI.encodeRequest(settings, call);
    if (call.operation !== "embeddings") return encoded;
    return { ...encoded, decodeAnswer: (text) => decodeEmbeddings(text, call.request) };
  },
  mapUsage: (raw, operation, format) =>
    countsMedia(operation) ? mapMediaUsage(raw, operation) : SPEAKING_OPENAI.mapUsage(raw, operation, format),
  mapError,
};

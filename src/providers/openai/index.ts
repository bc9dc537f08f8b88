import { loadOnce } from "../load-once.ts";
import type { ProviderSpec } from "../spec.ts";

/** OpenAI's own API: responses, and the chat completions and embeddings that others have copied. */
export const OPENAI: ProviderSpec = {
  id: "openai",
  defaultBaseUrl: "https://api.openai.com/v1",
  env: { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  operations: [
    "chat.completions",
    "embeddings",
    "moderations",
    "images.generations",
    "images.edits",
    "images.variations",
    "audio.speech",
    "audio.transcriptions",
    "audio.translations",
  ],
  load: loadOnce(() => import("./adapter.ts")),
};

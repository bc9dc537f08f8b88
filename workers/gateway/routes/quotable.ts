import { anthropicClient, geminiClient, openAiChatClient, openAiCompletionsClient, openAiResponsesClient } from "#wire";
import { prepareEmbedContent } from "../inference/prepare-embed-content.ts";
import { prepareEmbeddings } from "../inference/prepare-embeddings.ts";
import { prepareImages } from "../inference/prepare-images.ts";
import { prepareModerations } from "../inference/prepare-moderations.ts";
import { prepareRerank } from "../inference/prepare-rerank.ts";
import { prepareSpeech } from "../inference/prepare-speech.ts";
import { prepareText } from "../inference/prepare-text.ts";
import { BODY_SAYS } from "../inference/route-hints.ts";
import type { PrepareCall } from "../inference/read-call.ts";

/** What can be quoted: every charged address whose request is JSON. A form's price hangs on its file. */
const PATHS: ReadonlyMap<string, PrepareCall> = new Map([
  ["/chat/completions", prepareText(openAiChatClient, BODY_SAYS)],
  ["/responses", prepareText(openAiResponsesClient, BODY_SAYS)],
  ["/completions", prepareText(openAiCompletionsClient, BODY_SAYS)],
  ["/messages", prepareText(anthropicClient, BODY_SAYS)],
  ["/embeddings", prepareEmbeddings],
  ["/rerank", prepareRerank],
  ["/moderations", prepareModerations],
  ["/images/generations", prepareImages("images.generations")],
  ["/images/edits", prepareImages("images.edits")],
  ["/audio/speech", prepareSpeech],
]);

const GEMINI = /^\/v1(?:beta)?\/models\/(.+):(generateContent|streamGenerateContent|embedContent)$/;

/** The addresses, for whoever asked for another. */
export const QUOTABLE: readonly string[] = [...PATHS.keys()];

/** What reads a request to an address, spelt as it would be called: with `/v1` or without, and with its query. Null: it has no quote. */
export function prepareQuoted(address: string): PrepareCall | null {
  const [path = ""] = address.split("?", 1);
  const [, escaped = "", method] = GEMINI.exec(path) ?? [];
  if (method !== undefined) {
    const model = unescaped(escaped);
    if (method === "embedContent") return prepareEmbedContent(model);
    return prepareText(geminiClient, { model, stream: method === "streamGenerateContent" });
  }
  return PATHS.get(path.replace(/^\/v1(?=\/)/, "")) ?? null;
}

/** Ids hold a slash, raw or as `%2F`; an escape that is none names no model. */
function unescaped(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

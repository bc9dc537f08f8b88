import { CHAT_FLAVOURS, type ChatFlavour } from "./formats/openai-chat/flavours.ts";
import type { Identity, Refusal } from "./format.ts";
import { tokenFrom } from "./text.ts";

/** One provider that the simulator plays, at `/<name>/v1/…`. */
export interface Provider {
  readonly name: string;
  readonly chat: ChatFlavour;
  readonly renderError: (refusal: Refusal) => string;
  /** Headers of every answer beside the content type. */
  readonly headers: (requestNumber: number, promptTokens: number) => Record<string, string>;
  readonly models: readonly string[];
}

const REQUESTS_LIMIT = 30_000;
const TOKENS_LIMIT = 150_000_000;

const openaiError = ({ message, type, param, code }: Refusal) =>
  JSON.stringify({ error: { message, type, param, code } }, null, 2);
const groqError = ({ message, type, code }: Refusal) =>
  JSON.stringify({ error: { message, type, ...(code === null ? {} : { code }) } });
const mistralError = ({ message, type, param, code, status }: Refusal) =>
  status === 401
    ? JSON.stringify({ detail: message })
    : JSON.stringify({ object: "error", message, type, param, code, raw_status_code: status });
const xaiError = ({ message, type, code }: Refusal) => JSON.stringify({ code: code ?? type, error: message });

const rateLimitHeaders = (promptTokens: number) => ({
  "x-ratelimit-limit-requests": String(REQUESTS_LIMIT),
  "x-ratelimit-limit-tokens": String(TOKENS_LIMIT),
  "x-ratelimit-remaining-requests": String(REQUESTS_LIMIT - 1),
  "x-ratelimit-remaining-tokens": String(TOKENS_LIMIT - promptTokens),
  "x-ratelimit-reset-requests": "2ms",
  "x-ratelimit-reset-tokens": "0s",
});

const openaiHeaders = (requestNumber: number, promptTokens: number) => ({
  "openai-organization": "org-sim",
  "openai-processing-ms": "7",
  "openai-version": "2020-10-01",
  ...rateLimitHeaders(promptTokens),
  "x-request-id": `req_${tokenFrom(requestNumber, 32, "hex")}`,
});
const groqHeaders = (requestNumber: number, promptTokens: number) => ({
  ...rateLimitHeaders(promptTokens),
  "x-groq-region": "sim",
  "x-request-id": `req_${tokenFrom(requestNumber, 26)}`,
});
const plainHeaders = (requestNumber: number) => ({ "x-request-id": tokenFrom(requestNumber, 32, "hex") });

const define = (
  name: keyof typeof CHAT_FLAVOURS,
  renderError: Provider["renderError"],
  headers: Provider["headers"],
  models: readonly string[],
): Provider => ({ name, chat: CHAT_FLAVOURS[name], renderError, headers, models });

/** Every provider by the first part of its path. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  [
    define("openai", openaiError, openaiHeaders, [
      "gpt-4.1-nano",
      "gpt-4o-mini",
      "gpt-5-mini",
      "text-embedding-3-small",
      "text-embedding-3-large",
    ]),
    define("groq", groqError, groqHeaders, ["llama-3.3-70b-versatile"]),
    define("mistral", mistralError, plainHeaders, ["mistral-small-latest", "mistral-embed"]),
    define("deepseek", openaiError, plainHeaders, ["deepseek-chat", "deepseek-reasoner"]),
    define("xai", xaiError, plainHeaders, ["grok-4"]),
  ].map((provider) => [provider.name, provider]),
);

/** The identity of one answer. The request's number makes it unique and a run repeatable. */
export function identify(provider: Provider, requestNumber: number, nowMs: number): Identity {
  return { id: makeId(provider.chat.id, requestNumber), createdSeconds: Math.floor(nowMs / 1_000) };
}

function makeId(style: ChatFlavour["id"], requestNumber: number): string {
  const serial = requestNumber.toString(16).padStart(8, "0");
  const rest = tokenFrom(requestNumber, 24, "hex");
  if (style === "hex") return serial + rest;
  if (style === "uuid") {
    return `chatcmpl-${serial}-${rest.slice(0, 4)}-4${rest.slice(4, 7)}-8${rest.slice(7, 10)}-${rest.slice(10, 22)}`;
  }
  return `chatcmpl-D${serial}${tokenFrom(requestNumber, 20)}`;
}

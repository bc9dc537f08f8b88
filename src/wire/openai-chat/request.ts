import { AppError } from "#kernel";
import { estimateTokens } from "../count-tokens.ts";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { utf8Length } from "../utf8-length.ts";
import { invalidParameter, parseBody } from "../parse-body.ts";
import { checkRequestBody, type ChatRequestBody } from "./request-schema.ts";
import { readMessages, textsOf, type ChatInput } from "./read-messages.ts";

/** Things that a provider bills beyond tokens at list price. A caller of this module refuses those it has no price for. */
export type ChatExtra = "audio_output" | "service_tier" | "web_search";

/** A chat completion request: the caller's own text, and what admission, routing and metering need to know of it. */
export interface ChatRequest {
  readonly object: JsonObjectText;
  readonly model: string;
  readonly stream: boolean;
  /** The caller's `stream_options`, or null. */
  readonly streamOptions: Readonly<Record<string, unknown>> | null;
  /** The caller wants the usage chunk: `stream_options.include_usage`. */
  readonly includeUsage: boolean;
  /** The caller wants `usage.cost`: our extension `usage: { include: true }`. */
  readonly includeCost: boolean;
  /** Output tokens per choice. Where both names are given, `max_completion_tokens` wins: `max_tokens` is its deprecated form. */
  readonly outputMaximum: number | null;
  /** `n`. */
  readonly choices: number;
  readonly input: ChatInput;
  /** UTF-8 bytes of `tools` and `functions`, and of `response_format`, as the caller spelt them. Both are input to the model. */
  readonly toolsBytes: number;
  readonly formatBytes: number;
  readonly hasTools: boolean;
  /** `response_format.type`: `text`, `json_object`, `json_schema`, or what the provider may know. */
  readonly responseFormat: string | null;
  readonly wantsLogprobs: boolean;
  readonly extras: readonly ChatExtra[];
  /** An estimate of the input tokens without media, for calls whose usage never came. Computed on demand, in bounded time. */
  estimateInputTokens(): number;
}

/** Members that change where a request may go. Dropping one in silence would break a promise, so they are refused for now. */
const UNSUPPORTED = ["models", "provider"] as const;
const DEFAULT_SERVICE_TIERS: ReadonlySet<string> = new Set(["auto", "default"]);

/**
 * Reads the body of `POST /v1/chat/completions`. Throws AppError `invalid_json`, `invalid_parameter` (with `param`) or
 * `unsupported_parameter`. Source: OpenAI's API reference; extensions: design GATEWAY sections 1 and 4.
 */
export function parseChatRequest(text: string): ChatRequest {
  const { object, value } = parseBody(text);
  const body = checkRequestBody(value);
  for (const param of UNSUPPORTED) {
    if (param in body) throw new AppError("unsupported_parameter", { param, params: { param } });
  }
  const stream = body.stream ?? false;
  if (body.stream_options && !stream)
    throw invalidParameter("stream_options", "is only allowed when 'stream' is true.");
  return {
    object,
    model: body.model,
    stream,
    streamOptions: body.stream_options ?? null,
    includeUsage: body.stream_options?.include_usage ?? false,
    includeCost: body.usage?.include ?? false,
    outputMaximum: body.max_completion_tokens ?? body.max_tokens ?? null,
    choices: body.n ?? 1,
    input: readMessages(body.messages),
    toolsBytes: bytesOfMember(object, "tools") + bytesOfMember(object, "functions"),
    formatBytes: bytesOfMember(object, "response_format"),
    hasTools: (body.tools?.length ?? 0) + (body.functions?.length ?? 0) > 0,
    responseFormat: body.response_format?.type ?? null,
    wantsLogprobs: body.logprobs ?? false,
    extras: readExtras(body),
    estimateInputTokens: () => estimateTokens(inputTexts(object, body)),
  };
}

function bytesOfMember(object: JsonObjectText, name: string): number {
  return utf8Length(memberText(object, name) ?? "");
}

function readExtras(body: ChatRequestBody): readonly ChatExtra[] {
  const extras: ChatExtra[] = [];
  if (body.modalities?.includes("audio") || body.audio) extras.push("audio_output");
  if (body.service_tier && !DEFAULT_SERVICE_TIERS.has(body.service_tier)) extras.push("service_tier");
  if (body.web_search_options) extras.push("web_search");
  return extras;
}

function* inputTexts(object: JsonObjectText, body: ChatRequestBody): Generator<string> {
  yield* textsOf(body.messages);
  for (const name of ["tools", "functions", "response_format"]) yield memberText(object, name) ?? "";
}

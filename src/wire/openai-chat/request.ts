import { AppError } from "#kernel";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { invalidParameter, parseBody } from "../parse-body.ts";
import { createTextTally, type TextTally } from "../text-tally.ts";
import { CHAT_MEMBERS, checkRequestBody, readToolTypes, type ChatRequestBody } from "./request-schema.ts";
import { addTexts, readMessages, type ChatInput } from "./read-messages.ts";

/** Things that a provider bills beyond tokens at list price. A caller of this module refuses those it has no price for. */
export type ChatExtra =
  | "audio_output"
  | "service_tier"
  | "web_search"
  /** xAI's `search_parameters`. */
  | "live_search"
  /** A tool that the provider runs itself: its type is neither `function` nor `custom`. */
  | "server_tool"
  /** A content part of another type than text, refusal, thinking, image_url, input_audio and file: its input has no bound. */
  | "document"
  /** `prediction`: its text counts as input, and what of it was not used is billed as output. */
  | "prediction";

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
  readonly extras: readonly ChatExtra[];
  /** An estimate of the input tokens without media, for calls whose usage never came. Computed on demand, in bounded time. */
  estimateInputTokens(): number;
}

/** Members that change where a request may go. Dropping one in silence would break a promise, so they are refused for now. */
const UNSUPPORTED = ["models", "provider"] as const;
const CLIENT_TOOLS: ReadonlySet<string> = new Set(["function", "custom"]);
const DEFAULT_SERVICE_TIERS: ReadonlySet<string> = new Set(["auto", "default"]);

/**
 * Reads the body of `POST /v1/chat/completions`. Throws AppError `invalid_json`, `invalid_parameter` (with `param`) or
 * `unsupported_parameter`. Source: OpenAI's API reference; extensions: design GATEWAY sections 1 and 4.
 */
export function parseChatRequest(text: string): ChatRequest {
  const { object, value } = parseBody(text, CHAT_MEMBERS);
  const body = checkRequestBody(value);
  for (const param of UNSUPPORTED) {
    if (param in body) throw new AppError("unsupported_parameter", { param, params: { param } });
  }
  const stream = body.stream ?? false;
  if (body.stream_options && !stream)
    throw invalidParameter("stream_options", "is only allowed when 'stream' is true.");
  const tally = createTextTally();
  const { hasOtherParts, ...counts } = readMessages(body.messages, tally);
  addTexts(body.prediction, tally);
  const input = { ...counts, textBytes: tally.bytes() };
  return {
    object,
    model: body.model,
    stream,
    streamOptions: body.stream_options ?? null,
    includeUsage: readIncludeUsage(body),
    includeCost: body.usage?.include ?? false,
    outputMaximum: body.max_completion_tokens ?? body.max_tokens ?? null,
    choices: body.n ?? 1,
    input,
    toolsBytes: addMember(object, "tools", tally) + addMember(object, "functions", tally),
    formatBytes: addMember(object, "response_format", tally),
    extras: readExtras(body, hasOtherParts),
    estimateInputTokens: () => tally.estimateTokens(),
  };
}

/** Adds a member to the tally as the caller spelt it, and returns its bytes. */
function addMember(object: JsonObjectText, name: string, tally: TextTally): number {
  const before = tally.bytes();
  tally.add(memberText(object, name) ?? "");
  return tally.bytes() - before;
}

function readIncludeUsage(body: ChatRequestBody): boolean {
  const wants = body.stream_options?.["include_usage"] ?? false;
  if (typeof wants !== "boolean") throw invalidParameter("stream_options.include_usage", "must be a boolean.");
  return wants;
}

function readExtras(body: ChatRequestBody, hasOtherParts: boolean): readonly ChatExtra[] {
  const toolTypes = readToolTypes(body.tools ?? []);
  const extras: ChatExtra[] = [];
  if (body.modalities?.includes("audio") || body.audio) extras.push("audio_output");
  if (body.service_tier && !DEFAULT_SERVICE_TIERS.has(body.service_tier)) extras.push("service_tier");
  if (body.web_search_options) extras.push("web_search");
  if (body.search_parameters) extras.push("live_search");
  if ([...toolTypes].some((type) => !CLIENT_TOOLS.has(type))) extras.push("server_tool");
  if (hasOtherParts) extras.push("document");
  if (body.prediction) extras.push("prediction");
  return extras;
}

import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { invalidParameter, parseBody } from "../parse-body.ts";
import { createTextTally, type TextTally } from "../text-tally.ts";
import { CHAT_MEMBERS, checkRequestBody, readToolTypes, type ChatRequestBody } from "./request-schema.ts";
import type { TextExtra, TextRequest } from "../text-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { addTexts, readMessages } from "./read-messages.ts";
import { readUses } from "./read-uses.ts";

const CLIENT_TOOLS: ReadonlySet<string> = new Set(["function", "custom"]);
const DEFAULT_SERVICE_TIERS: ReadonlySet<string> = new Set(["auto", "default"]);

/**
 * Reads the body of `POST /v1/chat/completions`. Throws AppError `invalid_json`, `invalid_parameter` (with `param`) or
 * `unsupported_parameter`. Source: OpenAI's API reference; extensions: design GATEWAY sections 1 and 4.
 */
export function parseChatRequest(text: string): TextRequest {
  const { object, value } = parseBody(text, CHAT_MEMBERS);
  const body = checkRequestBody(value);
  const stream = body.stream ?? false;
  if (body.stream_options && !stream)
    throw invalidParameter("stream_options", "is only allowed when 'stream' is true.");
  const tally = createTextTally();
  const counted = readMessages(body.messages, tally);
  addTexts(body.prediction, tally);
  const { messages, images, audios, files } = counted;
  return {
    format: "openai-chat",
    object,
    model: body.model,
    stream,
    streamOptions: body.stream_options ?? null,
    includeUsage: readIncludeUsage(body),
    includeCost: body.usage?.include ?? false,
    outputMaximum: body.max_completion_tokens ?? body.max_tokens ?? null,
    choices: body.n ?? 1,
    input: { messages, images, audios, files, textBytes: tally.bytes() },
    toolsBytes: addMember(object, "tools", tally) + addMember(object, "functions", tally),
    formatBytes: addMember(object, "response_format", tally),
    extras: readExtras(body, counted.hasOtherParts),
    searchesMaximum: null,
    uses: readUses(body, counted),
    models: body.models,
    provider: body.provider,
    estimateInputTokens: () => tally.estimateTokens(),
    decode: () => decodeRequest(body),
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

function readExtras(body: ChatRequestBody, hasOtherParts: boolean): readonly TextExtra[] {
  const toolTypes = readToolTypes(body.tools ?? []);
  const extras: TextExtra[] = [];
  if (body.modalities?.includes("audio") || body.audio) extras.push("audio_output");
  if (body.modalities?.includes("image")) extras.push("image_output");
  if (body.service_tier && !DEFAULT_SERVICE_TIERS.has(body.service_tier)) extras.push("service_tier");
  if (body.web_search_options) extras.push("web_search");
  if (body.search_parameters) extras.push("live_search");
  if ([...toolTypes].some((type) => !CLIENT_TOOLS.has(type))) extras.push("server_tool");
  if (hasOtherParts) extras.push("document");
  if (body.prediction) extras.push("prediction");
  return extras;
}

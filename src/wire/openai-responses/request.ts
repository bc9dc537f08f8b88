import * as z from "zod/mini";
import { checkWith } from "../check-with.ts";
import type { RouteHints } from "../codec.ts";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { modelName } from "../model-name.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { SEARCHES_MAXIMUM, type TextRequest } from "../text-request.ts";
import { createTextTally, type TextTally } from "../text-tally.ts";
import { countInput, type MediaCounts } from "./count-input.ts";
import { decodeRequest } from "./decode-request.ts";
import { readTools } from "./read-tools.ts";
import { readExtras, readUses } from "./read-uses.ts";

/** No wired model's context holds so many. */
const ITEMS_MAXIMUM = 100_000;

const MEMBERS: ReadonlySet<string> = new Set([
  "model",
  "input",
  "instructions",
  "stream",
  "store",
  "max_output_tokens",
  "max_tool_calls",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "text",
  "reasoning",
  "include",
  "temperature",
  "top_p",
  "top_logprobs",
  "metadata",
  "user",
  "safety_identifier",
  "service_tier",
  "truncation",
  "previous_response_id",
  "conversation",
  "background",
  "prompt",
  "context_management",
  "usage",
  "models",
  "provider",
]);

const named = z.object({ model: modelName });

/**
 * Reads the body of `POST /v1/responses`. Whatever `store` says, nothing is stored: state that an earlier call would have
 * left with the provider is refused. Throws AppError `invalid_json`, `invalid_parameter` or `unsupported_parameter`.
 * Source: OpenAI's API reference, Responses.
 */
export function parseResponsesRequest(text: string, _route?: RouteHints): TextRequest {
  const { object, value } = parseBody(text, MEMBERS);
  const body = createMemberReader(isRecord(value) ? value : {}, "");
  const { model } = checkWith(named, value);
  const tally = createTextTally();
  const media: MediaCounts = { images: 0, audios: 0, files: 0 };
  const items = countConversation(body, media, tally);
  const textBytes = tally.bytes();
  const tools = readTools(body);
  const usage = body.record("usage");
  body.flag("store");
  return {
    format: "openai-responses",
    object,
    model,
    stream: body.flag("stream") ?? false,
    streamOptions: null,
    includeUsage: true,
    includeCost: usage ? (createMemberReader(usage, "usage").flag("include") ?? false) : false,
    outputMaximum: body.count("max_output_tokens"),
    choices: 1,
    input: { messages: items, textBytes, ...media },
    toolsBytes: addMember(object, "tools", tally) + tools.hiddenBytes,
    formatBytes: addMember(object, "text", tally),
    extras: readExtras(body, tools),
    searchesMaximum: tools.searches ? body.count("max_tool_calls", 1, SEARCHES_MAXIMUM) : null,
    uses: readUses(body, tools, media),
    models: body.raw("models"),
    provider: body.raw("provider"),
    estimateInputTokens: () => tally.estimateTokens(),
    decode: () => decodeRequest(body),
  };
}

/** Counts the instructions and the input, and returns how many messages they come to. */
function countConversation(body: MemberReader, media: MediaCounts, tally: TextTally): number {
  const instructions = body.text("instructions");
  if (instructions !== null) tally.add(instructions);
  const input = body.raw("input");
  const own = instructions === null ? 0 : 1;
  if (typeof input === "string") {
    tally.add(input);
    return own + 1;
  }
  if (!Array.isArray(input)) throw invalidParameter("input", "is required and must be a string or an array of items.");
  if (input.length > ITEMS_MAXIMUM) throw invalidParameter("input", `holds more than ${ITEMS_MAXIMUM} items.`);
  for (const [index, item] of input.entries()) {
    if (!isRecord(item)) throw invalidParameter(`input[${index}]`, "must be an object.");
    countInput(item, `input[${index}]`, media, tally);
  }
  return own + input.length;
}

/** Adds a member to the tally as the caller spelt it, and returns its bytes. */
function addMember(object: JsonObjectText, name: string, tally: TextTally): number {
  const before = tally.bytes();
  tally.add(memberText(object, name) ?? "");
  return tally.bytes() - before;
}

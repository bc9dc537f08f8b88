import * as z from "zod/mini";
import { checkWith } from "../check-with.ts";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { modelName } from "../model-name.ts";
import type { PromptParameter } from "../parameters.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import type { TextExtra, TextRequest } from "../text-request.ts";
import { createTextTally, type TextTally } from "../text-tally.ts";
import { countContent, type ContentCounts } from "./count-blocks.ts";
import { decodeRequest, member } from "./decode-request.ts";
import { readTools } from "./read-tools.ts";

/** Anthropic's own bound. */
const MESSAGES_MAXIMUM = 100_000;
const STOPS_MAXIMUM = 64;
const ROLES: ReadonlySet<unknown> = new Set(["user", "assistant", "system"]);

/** What Anthropic adds to a request with tools, and to one with an output format (its documentation names up to 804 tokens). */
const HIDDEN_PROMPT_BYTES = 1_024;
/** The hidden definition of a tool that Anthropic wrote and the client runs (bash, editor, memory, computer). */
const HIDDEN_TOOL_BYTES = 4_096;

const KNOWN_MEMBERS: ReadonlySet<string> = new Set(
  (
    "model messages system max_tokens stream stop_sequences temperature top_p top_k tools tool_choice thinking " +
    "output_config output_format metadata cache_control service_tier speed inference_geo container mcp_servers " +
    "context_management thread previous_message_id usage models provider"
  ).split(" "),
);

const named = z.object({ model: modelName });

/**
 * Reads the body of `POST /v1/messages` and of `/v1/messages/count_tokens`, which has no `max_tokens`: where none came,
 * the model's own maximum is used. `max_tokens: 0` (filling a cache) is refused, as it would cost and give nothing. The
 * caller's `anthropic-beta` headers never go upstream, and what needs one is refused there.
 * Throws AppError `invalid_json`, `invalid_parameter` or `unsupported_parameter`. Source: Anthropic's API reference.
 */
export function parseAnthropicRequest(text: string): TextRequest {
  const { object, value } = parseBody(text, KNOWN_MEMBERS);
  const body = createMemberReader(isRecord(value) ? value : {}, "");
  const { model } = checkWith(named, value);
  const uses = new Map<PromptParameter, string>();
  const tally = createTextTally();
  const messages = body.list("messages", MESSAGES_MAXIMUM) ?? [];
  if (messages.length === 0) throw invalidParameter("messages", "is required and must not be empty.");
  const counts: ContentCounts = { images: 0, files: 0, hasOtherBlocks: false, tally, uses };
  countAll(messages, body.raw("system"), counts);
  const textBytes = tally.bytes();
  const tools = readTools(body, uses);
  readMembers(body, uses);
  return {
    format: "anthropic-messages",
    object,
    model,
    stream: body.flag("stream") ?? false,
    streamOptions: null,
    includeUsage: true,
    includeCost: member(body, "usage")?.flag("include") ?? false,
    outputMaximum: body.count("max_tokens"),
    choices: 1,
    input: { messages: messages.length, textBytes, images: counts.images, audios: 0, files: counts.files },
    toolsBytes:
      addMember(object, "tools", tally) +
      (tools.count > 0 ? HIDDEN_PROMPT_BYTES : 0) +
      tools.providerWritten * HIDDEN_TOOL_BYTES,
    formatBytes: formatBytes(object, tally),
    extras: [...tools.extras, ...readExtras(body, counts)],
    searchesMaximum: tools.searchesMaximum,
    uses,
    models: body.raw("models"),
    provider: body.raw("provider"),
    estimateInputTokens: () => tally.estimateTokens(),
    decode: () => decodeRequest(body),
  };
}

function countAll(messages: readonly unknown[], system: unknown, counts: ContentCounts): void {
  if (system !== undefined && system !== null) countContent(system, "system", counts);
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw invalidParameter(path, "must be an object.");
    if (!ROLES.has(message["role"])) throw invalidParameter(`${path}.role`, "must be one of user, assistant, system.");
    countContent(message["content"], `${path}.content`, counts);
  }
}

/** Checks the types of the remaining members, and notes which parameters they use. */
function readMembers(body: MemberReader, uses: Map<PromptParameter, string>): void {
  const use = (parameter: PromptParameter, name: string, value: unknown): void => {
    if (value !== null && value !== undefined && !uses.has(parameter)) uses.set(parameter, name);
  };
  use("temperature", "temperature", body.number("temperature"));
  use("top_p", "top_p", body.number("top_p"));
  use("top_k", "top_k", body.count("top_k", 0));
  use("stop", "stop_sequences", body.texts("stop_sequences", STOPS_MAXIMUM)?.[0]);
  use("user", "metadata.user_id", member(body, "metadata")?.text("user_id"));
  use("prompt_cache", "cache_control", body.record("cache_control"));
  const thinking = member(body, "thinking")?.text("type") ?? null;
  use("reasoning", "thinking", thinking === "disabled" ? null : thinking);
  const output = member(body, "output_config");
  use("reasoning", "output_config.effort", output?.text("effort"));
  use("structured_output", "output_config.format", output?.record("format"));
  const tier = body.text("service_tier");
  use("service_tier", "service_tier", tier === "auto" || tier === "standard_only" ? null : tier);
  const speed = body.text("speed");
  use("service_tier", "speed", speed === "standard" ? null : speed);
  const region = body.text("inference_geo");
  use("service_tier", "inference_geo", region === "global" ? null : region);
}

/** What is billed apart from list price, or kept by the provider. */
function readExtras(body: MemberReader, { hasOtherBlocks, uses }: ContentCounts): readonly TextExtra[] {
  const has = (name: string): boolean => body.raw(name) !== undefined && body.raw(name) !== null;
  const extras: TextExtra[] = [];
  if (uses.has("service_tier")) extras.push("service_tier");
  if (has("mcp_servers")) extras.push("server_tool");
  if (["container", "context_management", "thread", "previous_message_id"].some(has)) extras.push("server_state");
  if (hasOtherBlocks) extras.push("document");
  return extras;
}

/** Adds a member to the tally as the caller spelt it, and returns its bytes. */
function addMember(object: JsonObjectText, name: string, tally: TextTally): number {
  const before = tally.bytes();
  tally.add(memberText(object, name) ?? "");
  return tally.bytes() - before;
}

function formatBytes(object: JsonObjectText, tally: TextTally): number {
  const bytes = addMember(object, "output_config", tally) + addMember(object, "output_format", tally);
  return bytes === 0 ? 0 : bytes + HIDDEN_PROMPT_BYTES;
}

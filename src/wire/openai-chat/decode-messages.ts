import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { PromptMessage, PromptPart, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from "../prompt.ts";
import { readSignature } from "../signature.ts";
import { cacheOf, decodeContent } from "./decode-parts.ts";
import { joinReasoningDetails, readReasoningDetails } from "./reasoning-details.ts";

/** A message holds no more: the body's own bounds are smaller. */
const CALLS_MAXIMUM = 100_000;

export interface DecodedMessages {
  readonly system: readonly TextPart[];
  readonly messages: readonly PromptMessage[];
}

/** The conversation. Instructions before it stand apart; results that follow each other become one message. */
export function decodeMessages(messages: readonly unknown[]): DecodedMessages {
  const system: TextPart[] = [];
  const decoded: PromptMessage[] = [];
  let followsResult = false;
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    const reader = createMemberReader(isRecord(message) ? message : {}, path);
    const role = reader.text("role") ?? "";
    const isResult = role === "tool" || role === "function";
    if (isResult) {
      const part = decodeResult(reader, path, index);
      const last = decoded.at(-1);
      if (followsResult && last) decoded[decoded.length - 1] = { ...last, parts: [...last.parts, part] };
      else decoded.push({ role: "user", parts: [part] });
    } else if (role === "assistant") decoded.push({ role, parts: decodeAssistant(reader, path, index) });
    else if (role === "user")
      decoded.push({ role, parts: marked(reader, decodeContent(reader.raw("content"), `${path}.content`)) });
    else {
      const texts = decodeTexts(reader, path);
      if (decoded.length === 0) system.push(...texts);
      else decoded.push({ role: "system", parts: texts });
    }
    followsResult = isResult;
  }
  return { system, messages: decoded };
}

function decodeTexts(message: MemberReader, path: string): readonly TextPart[] {
  const parts = decodeContent(message.raw("content"), `${path}.content`);
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length < parts.length) throw invalidParameter(`${path}.content`, "must hold text only.");
  return marked(message, texts);
}

/** A marker on the message itself marks its last text. */
function marked<Part extends PromptPart>(message: MemberReader, parts: readonly Part[]): readonly Part[] {
  const cache = cacheOf(message.raw("cache_control"));
  const last = parts.at(-1);
  return cache && last?.type === "text" ? [...parts.slice(0, -1), { ...last, cache }] : parts;
}

function decodeAssistant(message: MemberReader, path: string, at: number): readonly PromptPart[] {
  const refusal = message.text("refusal");
  const calls = message.list("tool_calls", CALLS_MAXIMUM) ?? [];
  const legacy = message.record("function_call");
  return [
    ...decodeReasoning(message),
    ...marked(message, decodeContent(message.raw("content"), `${path}.content`)),
    ...decodeContent(message.raw("images"), `${path}.images`),
    ...(refusal ? [{ type: "refusal", text: refusal } as const] : []),
    ...calls.map((call, index) => decodeCall(call, `${path}.tool_calls[${index}]`)),
    ...(legacy ? [readFunctionCall(legacy, legacyId(at), `${path}.function_call`)] : []),
  ];
}

/** `reasoning_details` where a client kept them, else the text alone (DeepSeek's and Groq's names), which nobody signed. */
function decodeReasoning(message: MemberReader): readonly ReasoningPart[] {
  const parts = joinReasoningDetails(readReasoningDetails(message.raw("reasoning_details")));
  if (parts.length > 0) return parts;
  const text = message.raw("reasoning_content") ?? message.raw("reasoning");
  return typeof text === "string" && text !== ""
    ? [{ type: "reasoning", text, signature: null, isRedacted: false }]
    : [];
}

function decodeCall(call: unknown, path: string): ToolCallPart {
  const reader = createMemberReader(isRecord(call) ? call : {}, path);
  const called = reader.record("function");
  if (!called) throw invalidParameter(path, "must call a function: other tools are known to OpenAI alone.");
  const id = reader.text("id");
  if (id === null || id === "") throw invalidParameter(`${path}.id`, "is required and must be a string.");
  const token = thoughtSignature(reader.raw("extra_content"));
  const signature = token === null ? null : readSignature(token, "openai-chat");
  return { ...readFunctionCall(called, id, `${path}.function`), signature };
}

function readFunctionCall(called: Readonly<Record<string, unknown>>, id: string, path: string): ToolCallPart {
  const reader = createMemberReader(called, path);
  const text = reader.text("arguments") ?? "";
  if (text.trim() !== "" && !isRecord(parseJson(text))) {
    throw invalidParameter(`${path}.arguments`, "must be the JSON text of an object.");
  }
  return { type: "tool-call", id, name: reader.text("name") ?? "", arguments: text.trim() === "" ? "{}" : text };
}

/** Google's own convention for the signature of a call in OpenAI's format. */
export function thoughtSignature(extra: unknown): string | null {
  const google = isRecord(extra) ? extra["google"] : null;
  const token = isRecord(google) ? google["thought_signature"] : null;
  return typeof token === "string" && token !== "" ? token : null;
}

/** The deprecated `function_call` has no id: its place stands for one. Its result is the message that follows. */
const legacyId = (at: number): string => `call_message_${at}`;

function decodeResult(message: MemberReader, path: string, at: number): ToolResultPart {
  const parts = decodeContent(message.raw("content"), `${path}.content`);
  const known = parts.filter((part) => part.type === "text" || part.type === "image" || part.type === "document");
  if (known.length < parts.length) throw invalidParameter(`${path}.content`, "must hold text, images and files only.");
  return {
    type: "tool-result",
    callId: message.text("tool_call_id") ?? legacyId(at - 1),
    name: message.text("name"),
    parts: known,
    isError: false,
    cache: cacheOf(message.raw("cache_control")),
  };
}

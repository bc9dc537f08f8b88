import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { PromptMessage, PromptPart, Signature, TextPart, ToolCallPart } from "../prompt.ts";
import { wrapInput } from "./custom-tools.ts";
import { decodeContent, decodeOutput } from "./decode-content.ts";
import { reasoningSignature } from "./reasoning-token.ts";

export interface Conversation {
  readonly system: readonly TextPart[];
  readonly messages: readonly PromptMessage[];
}

interface Draft {
  readonly role: PromptMessage["role"];
  readonly parts: PromptPart[];
}

/** What earlier calls of OpenAI's own tools left in the conversation: nothing in it is for another model to read. */
const PASSED_OVER: ReadonlySet<string> = new Set(["web_search_call", "file_search_call"]);

/** The input as messages: what one side said in several items is one message. Throws AppError `invalid_parameter`. */
export function decodeItems(items: readonly unknown[]): Conversation {
  const system: TextPart[] = [];
  const drafts: Draft[] = [];
  for (const [index, item] of items.entries()) {
    const path = `input[${index}]`;
    if (!isRecord(item)) throw invalidParameter(path, "must be an object.");
    const draft = decodeItem(createMemberReader(item, path), path, drafts);
    if (draft?.role === "system" && drafts.length === 0) system.push(...draft.parts.filter(isText));
    else if (draft) addDraft(drafts, draft);
  }
  return { system, messages: drafts };
}

const isText = (part: PromptPart): part is TextPart => part.type === "text";
const isResult = (part: PromptPart): boolean => part.type === "tool-result";

/** The model's own items are one turn, and so are the results of its calls; messages of a user stay apart. */
function addDraft(drafts: Draft[], draft: Draft): void {
  const last = drafts.at(-1);
  const continues =
    last?.role === draft.role &&
    (draft.role === "assistant" ||
      (draft.role === "user" && draft.parts.every(isResult) && last.parts.every(isResult)));
  if (continues) last.parts.push(...draft.parts);
  else drafts.push(draft);
}

function decodeItem(item: MemberReader, path: string, before: readonly Draft[]): Draft | null {
  const type = item.text("type") ?? "message";
  switch (type) {
    case "message":
      return decodeMessage(item, path);
    case "function_call":
      return { role: "assistant", parts: [decodeCall(item, readArguments(item, path), path)] };
    case "custom_tool_call":
      return { role: "assistant", parts: [decodeCall(item, wrapInput(item.text("input") ?? ""), path)] };
    case "function_call_output":
    case "custom_tool_call_output":
      return { role: "user", parts: [decodeResult(item, path)] };
    case "reasoning":
      return decodeReasoning(item, path, before);
    case "image_generation_call":
      return decodeImage(item);
    default:
      if (PASSED_OVER.has(type)) return null;
      throw invalidParameter(`${path}.type`, "is of a kind that this model does not take.");
  }
}

function decodeMessage(item: MemberReader, path: string): Draft {
  const role = item.text("role");
  if (role !== "user" && role !== "assistant" && role !== "system" && role !== "developer") {
    throw invalidParameter(`${path}.role`, "must be one of user, assistant, system, developer.");
  }
  const parts = decodeContent(item.raw("content"), `${path}.content`);
  if (role === "user" || role === "assistant") return { role, parts: [...parts] };
  if (!parts.every(isText)) throw invalidParameter(`${path}.content`, "must be text.");
  return { role: "system", parts: [...parts] };
}

function decodeCall(item: MemberReader, args: string, path: string): ToolCallPart {
  const id = required(item, "call_id", path);
  return { type: "tool-call", id, name: required(item, "name", path), arguments: args };
}

function readArguments(item: MemberReader, path: string): string {
  const text = item.text("arguments") ?? "";
  if (text.trim() === "") return "{}";
  if (!isRecord(parseJson(text))) throw invalidParameter(`${path}.arguments`, "must be the JSON text of an object.");
  return text;
}

function decodeResult(item: MemberReader, path: string): PromptPart {
  return {
    type: "tool-result",
    callId: required(item, "call_id", path),
    name: null,
    parts: decodeOutput(item.raw("output"), `${path}.output`),
    isError: false,
  };
}

/** A signature of Gemini's that follows a call is the call's: a call has no member for it (`write-output.ts`). */
function decodeReasoning(item: MemberReader, path: string, before: readonly Draft[]): Draft | null {
  const signature = reasoningSignature(item.raw("id"), item.text("encrypted_content"));
  const text = decodeSummary(item, path);
  const last = before.at(-1)?.parts;
  const call = last?.at(-1);
  if (text === "" && signature?.format === "gemini" && last && call?.type === "tool-call") {
    last[last.length - 1] = { ...call, signature };
    return null;
  }
  return text === "" && signature === null ? null : { role: "assistant", parts: [reasoningPart(text, signature)] };
}

const reasoningPart = (text: string, signature: Signature | null): PromptPart => ({
  type: "reasoning",
  text,
  signature,
  isRedacted: text === "",
});

const SUMMARIES_MAXIMUM = 1_024;

/** The summary; where there is none, the reasoning itself, which open models show. */
function decodeSummary(item: MemberReader, path: string): string {
  const texts = (name: string): string =>
    (item.list(name, SUMMARIES_MAXIMUM) ?? [])
      .map((part, index) => {
        if (isRecord(part) && typeof part["text"] === "string") return part["text"];
        throw invalidParameter(`${path}.${name}[${index}]`, "must hold a text.");
      })
      .join("\n\n");
  const summary = texts("summary");
  return summary === "" ? texts("content") : summary;
}

function decodeImage(item: MemberReader): Draft | null {
  const data = item.text("result");
  if (data === null) return null;
  const mediaType = `image/${item.text("output_format") ?? "png"}`;
  return {
    role: "assistant",
    parts: [{ type: "image", source: { type: "base64", mediaType, data }, detail: null }],
  };
}

function required(item: MemberReader, name: string, path: string): string {
  const value = item.text(name);
  if (value === null) throw invalidParameter(`${path}.${name}`, "is required and must be a string.");
  return value;
}

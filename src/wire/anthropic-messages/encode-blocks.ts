import { checkToolTurns } from "../check-tool-turns.ts";
import { invalidParameter } from "../parse-body.ts";
import type { CacheMarker, DocumentPart, ImagePart, Prompt, PromptPart, ReasoningPart, TextPart } from "../prompt.ts";
import { fromBase64 } from "./base64-text.ts";

type Block = Readonly<Record<string, unknown>>;

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: Block[];
}

/**
 * The conversation as Anthropic has it: turns of one role joined, tool results first in theirs, a user's turn first.
 * Reasoning that Anthropic did not sign, and texts of nothing but white space, which it refuses, are left out. Throws
 * AppError `invalid_parameter`.
 */
export function encodeMessages(prompt: Prompt): readonly Turn[] {
  const turns: Turn[] = [];
  for (const { role, parts } of prompt.messages) {
    if (role === "system") continue;
    const blocks = parts.flatMap((part) => listOf(encodePart(part)));
    const last = turns.at(-1);
    if (blocks.length === 0) continue;
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  if (turns[0]?.role === "assistant")
    throw invalidParameter("messages", "must begin with a user's message for this model.");
  checkToolTurns(prompt.messages.filter(({ role }) => role !== "system"));
  for (const { content } of turns) content.sort((one, other) => rankOf(one) - rankOf(other));
  trimLast(turns);
  return turns;
}

/** Every instruction of the prompt. Those in mid-conversation join the others: only some models take them in their place. */
export function encodeSystem(prompt: Prompt): readonly Block[] {
  const later = prompt.messages.filter(({ role }) => role === "system").flatMap(({ parts }) => parts);
  const texts = [...prompt.system, ...later.filter((part) => part.type === "text")];
  return texts.flatMap((part) => listOf(encodeText(part)));
}

/** `cache_control`; the shorter life is the default. */
export function cacheControl(cache: CacheMarker | null | undefined): Block {
  if (!cache) return {};
  return { cache_control: cache.ttl === "1h" ? { type: "ephemeral", ttl: "1h" } : { type: "ephemeral" } };
}

const listOf = (block: Block | null): readonly Block[] => (block ? [block] : []);

const rankOf = (block: Block): number => (block["type"] === "tool_result" ? 0 : 1);

function encodePart(part: PromptPart): Block | null {
  switch (part.type) {
    case "text":
    case "image":
    case "document":
      return encodeMedium(part);
    case "refusal":
      return encodeText({ type: "text", text: part.text });
    case "reasoning":
      return encodeReasoning(part);
    case "tool-call":
      return { type: "tool_use", id: toolId(part.id), name: part.name, input: parseArguments(part.arguments) };
    case "tool-result": {
      const content = part.parts.flatMap((inner) => listOf(encodeMedium(inner)));
      return {
        type: "tool_result",
        tool_use_id: toolId(part.callId),
        ...(content.length > 0 ? { content } : {}),
        ...(part.isError ? { is_error: true } : {}),
        ...cacheControl(part.cache),
      };
    }
    case "audio":
      throw invalidParameter("messages", "holds audio, which this model does not take.");
    default:
      return part satisfies never;
  }
}

function encodeMedium(part: TextPart | ImagePart | DocumentPart): Block | null {
  if (part.type === "text") return encodeText(part);
  const title = part.type === "document" && part.name !== null ? { title: part.name } : {};
  return { type: part.type, source: encodeSource(part), ...title, ...cacheControl(part.cache) };
}

function encodeText({ text, cache }: TextPart): Block | null {
  return text.trim() === "" ? null : { type: "text", text, ...cacheControl(cache) };
}

function encodeReasoning({ text, signature, isRedacted }: ReasoningPart): Block | null {
  if (signature?.format !== "anthropic-messages") return null;
  return isRedacted
    ? { type: "redacted_thinking", data: signature.value }
    : { type: "thinking", thinking: text, signature: signature.value };
}

function encodeSource({ type, source }: ImagePart | DocumentPart): Block {
  if (source.type === "url") {
    if (/^https?:/i.test(source.url)) return { type: "url", url: source.url };
    throw invalidParameter(
      "messages",
      `holds an ${type === "image" ? "image" : "address of a document"} that is no web address.`,
    );
  }
  const { mediaType, data } = source;
  if (type === "document" && mediaType !== "application/pdf") {
    const text = mediaType.startsWith("text/") ? fromBase64(data) : null;
    if (text === null) throw invalidParameter("messages", "holds a document that is neither PDF nor text.");
    return { type: "text", media_type: "text/plain", data: text };
  }
  return { type: "base64", media_type: mediaType, data };
}

/** Anthropic takes letters, digits, `_` and `-` in ids; other formats have more. A call and its result change alike. */
const toolId = (id: string): string => id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");

/** Checked to be an object when the request was decoded. */
function parseArguments(text: string): unknown {
  return text.trim() === "" ? {} : JSON.parse(text);
}

/** An answer begun for the model must not end in white space. */
function trimLast(turns: readonly Turn[]): void {
  const turn = turns.at(-1);
  const block = turn?.content.at(-1);
  const text = block?.["text"];
  if (turn?.role === "assistant" && typeof text === "string")
    turn.content[turn.content.length - 1] = { ...block, text: text.trimEnd() };
}

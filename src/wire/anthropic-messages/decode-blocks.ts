import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import type {
  CacheMarker,
  DocumentPart,
  ImagePart,
  MediaSource,
  PromptMessage,
  PromptPart,
  ReasoningPart,
  TextPart,
  ToolResultPart,
} from "../prompt.ts";
import { readSignature } from "../signature.ts";
import { toBase64 } from "./base64-text.ts";

const FORMAT = "anthropic-messages";

/** The conversation. Throws AppError `invalid_parameter` for blocks that no other format has. */
export function decodeMessages(messages: readonly unknown[]): readonly PromptMessage[] {
  return messages.map((message, index) => {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw invalidParameter(path, "must be an object.");
    const { role, content } = message;
    if (role !== "user" && role !== "assistant" && role !== "system") {
      throw invalidParameter(`${path}.role`, "must be one of user, assistant, system.");
    }
    return { role, parts: moveToolSignatures(decodeEach(content, `${path}.content`, decodeBlock)) };
  });
}

/** Content that holds texts only. */
export function decodeTexts(content: unknown, path: string): readonly TextPart[] {
  return decodeEach(content, path, (block, at) => {
    if (block.text("type") !== "text") throw invalidParameter(`${at}.type`, "must be text.");
    return decodeText(block);
  });
}

export function cacheOf(block: MemberReader): CacheMarker | null {
  const control = block.record("cache_control");
  return control && { ttl: control["ttl"] === "1h" ? "1h" : "5m" };
}

/** A string is a block of text; "" is none. */
function decodeEach<Part>(
  content: unknown,
  path: string,
  decode: (block: MemberReader, at: string) => Part,
): readonly (Part | TextPart)[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalidParameter(path, "must be a string or an array of content blocks.");
  return content.map((block, index) => {
    const at = `${path}[${index}]`;
    if (!isRecord(block)) throw invalidParameter(at, "must be an object.");
    return decode(createMemberReader(block, at), at);
  });
}

function decodeBlock(block: MemberReader, at: string): PromptPart {
  switch (block.text("type") ?? "") {
    case "tool_use":
      return {
        type: "tool-call",
        id: block.text("id") ?? "",
        name: block.text("name") ?? "",
        arguments: JSON.stringify(block.record("input") ?? {}),
      };
    case "tool_result":
      return decodeResult(block, at);
    case "thinking":
      return decodeReasoning(block.text("thinking") ?? "", block.text("signature"), false);
    case "redacted_thinking":
      return decodeReasoning("", block.text("data"), true);
    default:
      return decodeMedium(block, at);
  }
}

function decodeResult(block: MemberReader, at: string): ToolResultPart {
  return {
    type: "tool-result",
    callId: block.text("tool_use_id") ?? "",
    name: null,
    parts: decodeEach(block.raw("content") ?? "", `${at}.content`, decodeMedium),
    isError: block.flag("is_error") ?? false,
    cache: cacheOf(block),
  };
}

function decodeReasoning(text: string, token: string | null, isRedacted: boolean): ReasoningPart {
  const signature = token === null ? null : readSignature(token, FORMAT);
  return { type: "reasoning", text, signature: signature?.value === "" ? null : signature, isRedacted };
}

function decodeMedium(block: MemberReader, at: string): TextPart | ImagePart | DocumentPart {
  const type = block.text("type");
  if (type === "text") return decodeText(block);
  if (type === "image") {
    return { type, source: decodeSource(block, at), detail: null, cache: cacheOf(block) };
  }
  if (type !== "document") throw invalidParameter(`${at}.type`, "is a block that only Anthropic's models know.");
  if (block.record("citations")?.["enabled"] === true || block.text("context") !== null) {
    throw invalidParameter(at, "asks for citations or names a context, which only Anthropic's models know.");
  }
  return { type, source: decodeSource(block, at), name: block.text("title"), cache: cacheOf(block) };
}

function decodeText(block: MemberReader): TextPart {
  return { type: "text", text: block.text("text") ?? "", cache: cacheOf(block) };
}

function decodeSource(block: MemberReader, at: string): MediaSource {
  const path = `${at}.source`;
  const source = createMemberReader(block.record("source") ?? {}, path);
  const data = source.text("data");
  switch (source.text("type") ?? "") {
    case "base64":
      return { type: "base64", mediaType: source.text("media_type") ?? "", data: data ?? "" };
    case "url":
      return { type: "url", url: source.text("url") ?? "", mediaType: null };
    case "text":
      return { type: "base64", mediaType: "text/plain", data: toBase64(data ?? "") };
    case "content": {
      const texts = decodeTexts(source.raw("content"), `${path}.content`);
      return { type: "base64", mediaType: "text/plain", data: toBase64(texts.map(({ text }) => text).join("\n\n")) };
    }
    default:
      throw invalidParameter(`${path}.type`, "must be one of base64, url, text, content.");
  }
}

/** The signature of Gemini's tool call came as a redacted block after it (see `write-events.ts`), and goes back to it. */
function moveToolSignatures(parts: readonly PromptPart[]): readonly PromptPart[] {
  const moved: PromptPart[] = [];
  for (const part of parts) {
    const last = moved.at(-1);
    const signature = part.type === "reasoning" && part.isRedacted ? part.signature : null;
    if (signature?.format === "gemini" && last?.type === "tool-call" && !last.signature) {
      moved[moved.length - 1] = { ...last, signature };
    } else moved.push(part);
  }
  return moved;
}

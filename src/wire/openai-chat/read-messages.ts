import { invalidParameter, isRecord } from "../parse-body.ts";
import { utf8Length } from "../utf8-length.ts";
import type { ChatRequestBody } from "./request-schema.ts";

/** What a request feeds the model with, counted. Media payloads (URLs, base64) count as items, never as text. */
export interface ChatInput {
  readonly messages: number;
  /** UTF-8 bytes of every text in the messages: content, names, tool calls and their arguments. */
  readonly textBytes: number;
  readonly images: number;
  readonly audios: number;
  readonly files: number;
}

type Counts = { -readonly [Field in keyof ChatInput]: ChatInput[Field] };
type Message = ChatRequestBody["messages"][number];

const CONTENT_REQUIRED: ReadonlySet<string> = new Set(["developer", "system", "user", "tool"]);

/** The member of a part that carries its payload, per type. A type not listed here is counted as text, to the byte. */
const MEDIA: ReadonlyMap<unknown, "images" | "audios" | "files"> = new Map([
  ["image_url", "images"],
  ["input_audio", "audios"],
  ["file", "files"],
]);

/**
 * Checks messages and counts what they hold in one walk. It checks what would otherwise cost an upstream call to learn;
 * what OpenAI may come to accept (a new part type, a new member) passes. Throws AppError `invalid_parameter`.
 */
export function readMessages(messages: readonly Message[]): ChatInput {
  const counts: Counts = { messages: messages.length, textBytes: 0, images: 0, audios: 0, files: 0 };
  for (const [index, message] of messages.entries()) readMessage(message, `messages[${index}]`, counts);
  return counts;
}

function readMessage(message: Message, path: string, counts: Counts): void {
  for (const [name, value] of Object.entries(message)) {
    if (name === "role") continue;
    if (name === "content" && Array.isArray(value)) readParts(value, `${path}.content`, counts);
    else counts.textBytes += bytesOfTexts(value);
  }
  checkContent(message, path);
  if (message.role === "tool" && typeof message["tool_call_id"] !== "string") {
    throw invalidParameter(`${path}.tool_call_id`, "is required and must be a string.");
  }
  checkToolCalls(message["tool_calls"], `${path}.tool_calls`);
}

function checkContent(message: Message, path: string): void {
  const content = message["content"];
  if (typeof content === "string" || Array.isArray(content)) return;
  const isMissing = content === undefined || content === null;
  if (isMissing && !CONTENT_REQUIRED.has(message.role)) return;
  throw invalidParameter(`${path}.content`, "must be a string or an array of content parts.");
}

function readParts(parts: readonly unknown[], path: string, counts: Counts): void {
  for (const [index, part] of parts.entries()) {
    const at = `${path}[${index}]`;
    if (!isRecord(part)) throw invalidParameter(at, "must be an object.");
    const { type } = part;
    if (typeof type !== "string") throw invalidParameter(`${at}.type`, "is required and must be a string.");
    const media = MEDIA.get(type);
    if (media) {
      checkMedia(part, type, at);
      counts[media] += 1;
    } else {
      if (type === "text" && typeof part["text"] !== "string") {
        throw invalidParameter(`${at}.text`, "is required and must be a string.");
      }
      counts.textBytes += bytesOfTexts(part);
    }
  }
}

function checkMedia(part: Readonly<Record<string, unknown>>, type: string, at: string): void {
  const payload = part[type];
  // Some OpenAI-compatible providers take `image_url` as a bare string, so that passes.
  if (type === "image_url" && typeof payload === "string") return;
  if (!isRecord(payload)) throw invalidParameter(`${at}.${type}`, "is required and must be an object.");
  if (type === "image_url" && typeof payload["url"] !== "string") {
    throw invalidParameter(`${at}.image_url.url`, "is required and must be a string.");
  }
  if (type === "input_audio" && typeof payload["data"] !== "string") {
    throw invalidParameter(`${at}.input_audio.data`, "is required and must be a string.");
  }
}

function checkToolCalls(calls: unknown, path: string): void {
  if (calls === undefined || calls === null) return;
  if (!Array.isArray(calls)) throw invalidParameter(path, "must be an array.");
  for (const [index, call] of calls.entries()) {
    const at = `${path}[${index}]`;
    if (!isRecord(call)) throw invalidParameter(at, "must be an object.");
    const called = call["function"];
    if (called === undefined) continue;
    if (!isRecord(called)) throw invalidParameter(`${at}.function`, "must be an object.");
    for (const name of ["name", "arguments"]) {
      if (typeof called[name] !== "string") {
        throw invalidParameter(`${at}.function.${name}`, "is required and must be a string.");
      }
    }
  }
}

/** UTF-8 bytes of every text anywhere inside a value. The body's depth bound (`MAX_BODY_DEPTH`) bounds the recursion. */
function bytesOfTexts(value: unknown): number {
  if (typeof value === "string") return utf8Length(value);
  if (typeof value !== "object" || value === null) return 0;
  let bytes = 0;
  for (const inner of Object.values(value)) bytes += bytesOfTexts(inner);
  return bytes;
}

/** Members that name or link things; providers count the former once per message and the latter not at all. */
const STRUCTURE: ReadonlySet<string> = new Set(["role", "type", "id", "tool_call_id"]);

/** Every text of the messages, for an estimate of their tokens. Media payloads and structure are left out. */
export function* textsOf(messages: readonly Message[]): Generator<string> {
  for (const message of messages) yield* textsIn(message);
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const inner of value) yield* textsIn(inner);
  else if (isRecord(value) && !MEDIA.has(value["type"])) {
    for (const [name, inner] of Object.entries(value)) if (!STRUCTURE.has(name)) yield* textsIn(inner);
  }
}

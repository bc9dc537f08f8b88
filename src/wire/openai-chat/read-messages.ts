import { invalidParameter, isRecord } from "../parse-body.ts";
import { checkPartUrl } from "../public-url.ts";
import type { TextInput } from "../text-request.ts";
import type { TextTally } from "../text-tally.ts";

/** What the messages hold, and whether some part of them is of a kind whose input we cannot bound. */
export interface ReadMessages extends TextInput {
  readonly hasOtherParts: boolean;
  /** Some message or part bears `cache_control`. */
  readonly hasCacheMarker: boolean;
}

type Counts = { -readonly [Field in keyof Omit<ReadMessages, "textBytes">]: ReadMessages[Field] };
type Message = Readonly<Record<string, unknown>>;

const NO_MARKS = { hasOtherParts: false, hasCacheMarker: false };

const ROLES = ["developer", "system", "user", "assistant", "tool", "function"] as const;
const KNOWN_ROLES: ReadonlySet<unknown> = new Set(ROLES);
const CONTENT_REQUIRED: ReadonlySet<string> = new Set(["developer", "system", "user", "tool"]);

/** Members that name or link things; providers count the former once per message and the latter not at all. */
const LABELS: ReadonlySet<string> = new Set(["role", "type", "id", "tool_call_id"]);

/** Per media part: where its payload may lie inside the member that bears its name. Everything beside that is text. */
const MEDIA: ReadonlyMap<unknown, { readonly counts: "images" | "audios" | "files"; readonly payload: string }> =
  new Map([
    ["image_url", { counts: "images", payload: "url" }],
    ["input_audio", { counts: "audios", payload: "data" }],
    ["file", { counts: "files", payload: "file_data" }],
  ] as const);

/** `images` are those of an earlier answer, sent back. */
const LISTS_OF_PARTS: ReadonlySet<string> = new Set(["content", "images"]);

/** Parts that are nothing but their text. */
const TEXT_PARTS: ReadonlySet<unknown> = new Set(["text", "refusal"]);

/**
 * Checks messages and counts what they hold in one walk, their texts into `tally`. It checks what would otherwise cost an
 * upstream call to learn, and stops at the first fault; a new member passes. Throws AppError `invalid_parameter`.
 */
export function readMessages(messages: readonly unknown[], tally: TextTally): ReadMessages {
  const counts: Counts = { messages: messages.length, images: 0, audios: 0, files: 0, ...NO_MARKS };
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isRecord(message)) throw invalidParameter(path, "must be an object.");
    readMessage(message, path, counts, tally);
  }
  return { ...counts, textBytes: tally.bytes() };
}

/** Adds every text anywhere inside a value to the tally. The body's depth bound (`MAX_BODY_DEPTH`) bounds the recursion. */
export function addTexts(value: unknown, tally: TextTally, name = ""): void {
  if (typeof value === "string") {
    if (LABELS.has(name)) tally.addLabel(value);
    else tally.add(value);
  } else if (Array.isArray(value)) for (const inner of value) addTexts(inner, tally);
  else if (isRecord(value)) for (const [key, inner] of Object.entries(value)) addTexts(inner, tally, key);
}

function readMessage(message: Message, path: string, counts: Counts, tally: TextTally): void {
  const { role } = message;
  if (typeof role !== "string" || !KNOWN_ROLES.has(role)) {
    throw invalidParameter(`${path}.role`, `must be one of ${ROLES.join(", ")}.`);
  }
  if (isRecord(message["cache_control"])) counts.hasCacheMarker = true;
  for (const [name, value] of Object.entries(message)) {
    if (name === "role") continue;
    if (LISTS_OF_PARTS.has(name) && Array.isArray(value)) readParts(value, `${path}.${name}`, counts, tally);
    else addTexts(value, tally, name);
  }
  checkContent(message["content"], role, path);
  if (role === "tool" && typeof message["tool_call_id"] !== "string") {
    throw invalidParameter(`${path}.tool_call_id`, "is required and must be a string.");
  }
  checkToolCalls(message["tool_calls"], `${path}.tool_calls`);
}

function checkContent(content: unknown, role: string, path: string): void {
  if (typeof content === "string" || Array.isArray(content)) return;
  const isMissing = content === undefined || content === null;
  if (isMissing && !CONTENT_REQUIRED.has(role)) return;
  throw invalidParameter(`${path}.content`, "must be a string or an array of content parts.");
}

function readParts(parts: readonly unknown[], path: string, counts: Counts, tally: TextTally): void {
  for (const [index, part] of parts.entries()) {
    const at = `${path}[${index}]`;
    if (!isRecord(part)) throw invalidParameter(at, "must be an object.");
    const { type } = part;
    if (typeof type !== "string") throw invalidParameter(`${at}.type`, "is required and must be a string.");
    if (isRecord(part["cache_control"])) counts.hasCacheMarker = true;
    const media = MEDIA.get(type);
    if (media) {
      checkMedia(part, type, at);
      checkAddress(part[type], media.payload, `${at}.${type}`);
      counts[media.counts] += 1;
      addBesidePayload(part, type, media.payload, tally);
      continue;
    }
    if (type === "text" && typeof part["text"] !== "string") {
      throw invalidParameter(`${at}.text`, "is required and must be a string.");
    }
    if (!TEXT_PARTS.has(type) && !isThinking(part)) counts.hasOtherParts = true;
    addTexts(part, tally);
  }
}

/** A provider may read whatever stands beside an image's address, so those texts count like any other. */
function addBesidePayload(
  part: Readonly<Record<string, unknown>>,
  type: string,
  payload: string,
  tally: TextTally,
): void {
  for (const [name, value] of Object.entries(part)) {
    if (name === "type" || (name === type && typeof value === "string")) continue;
    if (name !== type || !isRecord(value)) addTexts(value, tally, name);
    else {
      for (const [key, inner] of Object.entries(value)) {
        if (key !== payload || typeof inner !== "string") addTexts(inner, tally, key);
      }
    }
  }
}

/** Mistral's reasoning, sent back by a client with its answer: text, or parts of text and nothing else. */
function isThinking({ type, thinking }: Readonly<Record<string, unknown>>): boolean {
  if (type !== "thinking") return false;
  if (!Array.isArray(thinking)) return typeof thinking === "string";
  return thinking.every((thought) => isRecord(thought) && thought["type"] === "text");
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

/** Any payload may be an address: providers take one in `file_data` and in a sound's `data` too. */
function checkAddress(media: unknown, payload: string, at: string): void {
  const address = isRecord(media) ? media[payload] : media;
  if (typeof address === "string") checkPartUrl(address, isRecord(media) ? `${at}.${payload}` : at);
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

import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipString } from "./skip-string.ts";

/** One `"name": value` of a JSON object, as positions in its text: [start, end). */
export interface JsonMember {
  readonly name: string;
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A JSON object's text with the places of its top-level members, in their order, duplicates included. */
export interface JsonObjectText {
  readonly text: string;
  readonly members: readonly JsonMember[];
  /** Where the closing brace stands. */
  readonly closeAt: number;
}

const COLON = 0x3a;

/**
 * Finds the top-level members of a JSON object without parsing their values, so that a few can be edited in place and
 * the rest of a caller's text stays byte for byte (design GATEWAY section 2). Returns null where the text is not one
 * object or breaks off. It checks structure, not values: give it text that `JSON.parse` accepted, or expect only structure.
 */
export function scanObject(text: string): JsonObjectText | null {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACE) return null;
  at = skipSpace(text, at + 1);
  const members: JsonMember[] = [];
  if (text.charCodeAt(at) === CLOSE_BRACE) return atEnd(text, at) ? { text, members, closeAt: at } : null;
  for (;;) {
    const keyStart = at;
    const keyEnd = skipString(text, at);
    if (keyEnd < 0) return null;
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== COLON) return null;
    const valueStart = skipSpace(text, at + 1);
    const valueEnd = skipValue(text, valueStart);
    if (valueEnd < 0) return null;
    const name = readKey(text.slice(keyStart, keyEnd));
    if (name === null) return null;
    members.push({ name, keyStart, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    const next = text.charCodeAt(at);
    if (next === CLOSE_BRACE) return atEnd(text, at) ? { text, members, closeAt: at } : null;
    if (next !== COMMA) return null;
    at = skipSpace(text, at + 1);
  }
}

/** The text of a member's value; of duplicates the last, as `JSON.parse` reads it. Null where there is none. */
export function memberText(object: JsonObjectText, name: string): string | null {
  const member = object.members.findLast((candidate) => candidate.name === name);
  return member ? object.text.slice(member.valueStart, member.valueEnd) : null;
}

/** The texts of an array's items, of their structure alone as in `scanObject`; ends early where the text breaks off, and is empty where it is no array. */
export function* itemTexts(text: string): Generator<string> {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== OPEN_BRACKET) return;
  do {
    const start = skipSpace(text, at + 1);
    const end = skipValue(text, start);
    if (end < 0) return;
    yield text.slice(start, end);
    at = skipSpace(text, end);
  } while (text.charCodeAt(at) === COMMA);
}

function atEnd(text: string, closeAt: number): boolean {
  return skipSpace(text, closeAt + 1) === text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** Keys may be spelt with escapes (`"mod\u0065l"`): only those pay for a parse. */
function readKey(raw: string): string | null {
  if (!raw.includes("\\")) return raw.slice(1, -1);
  try {
    const parsed: unknown = JSON.parse(raw);
    return typeof parsed === "string" ? parsed : null;
  } catch {
    return null;
  }
}

/** Returns the index after the value, or -1. */
function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return skipString(text, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(text, from);
  let end = from;
  while (end < text.length && !endsScalar(text.charCodeAt(end))) end += 1;
  return end === from ? -1 : end;
}

function skipContainer(text: string, from: number): number {
  let open = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = skipString(text, at);
      if (end < 0) return -1;
      at = end - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open += 1;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open -= 1;
      if (open === 0) return at + 1;
    }
  }
  return -1;
}

function endsScalar(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= 0x20;
}

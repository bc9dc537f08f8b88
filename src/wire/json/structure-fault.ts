import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipString } from "./skip-string.ts";

/** Deeper nesting than any tool schema needs; it bounds every walk over a request. */
export const MAX_BODY_DEPTH = 128;
/** Members of the body itself, duplicates included. OpenAI's chat completions know about forty. */
export const MAX_BODY_MEMBERS = 1024;
/** Members of any one object. OpenAI allows 5,000 properties in a schema; more cost a parser seconds, names being unique. */
export const MAX_OBJECT_MEMBERS = 8192;
/**
 * Values (and empty containers) in a body. A parsed value takes some 50 bytes and an isolate has 128 MiB, so 32 MiB of
 * `[],[],…` must be refused unparsed. Long texts and images are one value each; OpenAI embeds 300,000 tokens at most.
 */
export const MAX_BODY_VALUES = 500_000;

/**
 * Says what of a JSON text's structure is beyond these bounds, or null, in one pass and before anything is allocated:
 * `JSON.parse` comes after it. It judges nothing else; text that is no JSON may pass or not.
 */
export function structureFault(text: string): string | null {
  /** Per open container: the members of an object so far; an array starts so low that it never reaches the bound. */
  const members = new Int32Array(MAX_BODY_DEPTH + 1);
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = skipString(text, at);
      if (end < 0) return null;
      at = end - 1;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      values += 1;
      if (depth > MAX_BODY_DEPTH) return `nests deeper than ${MAX_BODY_DEPTH} levels.`;
      members[depth] = code === OPEN_BRACE ? 1 : -MAX_BODY_VALUES;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth = Math.max(0, depth - 1);
    } else if (code === COMMA) {
      values += 1;
      const count = (members[depth] ?? 0) + 1;
      members[depth] = count;
      if (depth === 1 && count > MAX_BODY_MEMBERS) return `has more than ${MAX_BODY_MEMBERS} members.`;
      if (count > MAX_OBJECT_MEMBERS) return `holds an object of more than ${MAX_OBJECT_MEMBERS} members.`;
    }
    if (values > MAX_BODY_VALUES) return `holds more than ${MAX_BODY_VALUES} values.`;
  }
  return null;
}

import { beyond, type Refusal, REQUEST_MAX_CHARACTERS } from "./bounds.ts";
import { type Fields, isFields } from "./json-fields.ts";

/** An image inside the request. Inside a text its quotes would be escaped, so that no text looks like one. */
const IMAGE_DATA = /"url"\s{0,8}:\s{0,8}"data:/g;

/** The request's fields, without its images' data: nothing here looks at them, and they may be of any length. */
export function readBody(text: string): { readonly ok: true; readonly fields: Fields } | Refusal {
  const short = text.length > REQUEST_MAX_CHARACTERS ? withoutImageData(text) : text;
  if (short === null) {
    const most = `${REQUEST_MAX_CHARACTERS} characters beside its images`;
    return beyond("request_too_large", null, `The body may have at most ${most}.`);
  }
  const parsed = parse(short);
  return isFields(parsed)
    ? { ok: true, fields: parsed }
    : beyond("sandbox_400", null, "The body is not a JSON object.");
}

/** Null as soon as the rest is too long, so that a body of other things is not copied. */
function withoutImageData(text: string): string | null {
  const kept: string[] = [];
  let length = 0;
  let at = 0;
  for (const found of text.matchAll(IMAGE_DATA)) {
    const start = found.index + found[0].length;
    length += start - at;
    if (length > REQUEST_MAX_CHARACTERS) return null;
    kept.push(text.slice(at, start));
    at = text.indexOf('"', start);
    // An escaped quote does not end the string, and stands in no image.
    if (at < 0 || text[at - 1] === "\\") return null;
  }
  return length + text.length - at > REQUEST_MAX_CHARACTERS ? null : kept.join("") + text.slice(at);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

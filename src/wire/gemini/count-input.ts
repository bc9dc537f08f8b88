import { isRecord } from "../parse-body.ts";
import { checkPartUrl } from "../public-url.ts";
import type { TextTally } from "../text-tally.ts";

export interface MediaCounts {
  images: number;
  audios: number;
  files: number;
}

const MEDIA_MEMBERS: ReadonlySet<string> = new Set(["inlineData", "inline_data", "fileData", "file_data"]);
/** What of a media member is its payload, or says only what that is. */
const PAYLOADS: ReadonlySet<string> = new Set(["data", "fileUri", "file_uri", "mimeType", "mime_type"]);
const ADDRESSES: ReadonlySet<string> = new Set(["fileUri", "file_uri"]);
const RESULT_MEMBERS: ReadonlySet<string> = new Set(["functionResponse", "function_response"]);
/** Members that name things, and Google's own opaque tokens, which are no input of the model's. */
const LABELS: ReadonlySet<string> = new Set(["role", "thoughtSignature", "thought_signature"]);

/**
 * Counts what one content holds: texts into the tally, media as items. What is no text and no medium counts as the JSON
 * that a model would read of it (arguments and results are objects here), so that the bound is never below the truth.
 * `path` names the content in errors. Throws AppError `invalid_parameter` for an address that no provider shall fetch.
 */
export function countContent(content: unknown, path: string, counts: MediaCounts, tally: TextTally): void {
  if (Array.isArray(content)) return countParts(content, path, counts, tally);
  if (!isRecord(content)) return countValue(content, tally);
  for (const [name, value] of Object.entries(content)) {
    // Google takes one part in place of a list of one.
    if (name === "parts") countParts(Array.isArray(value) ? value : [value], `${path}.parts`, counts, tally);
    else countValue(value, tally, name);
  }
}

/** Counts anything as a model may read it: a text as itself, everything else as its JSON. */
export function countValue(value: unknown, tally: TextTally, name = ""): void {
  if (value === undefined || value === null) return;
  if (typeof value !== "string") tally.add(JSON.stringify(value));
  else if (LABELS.has(name)) tally.addLabel(value);
  else tally.add(value);
}

function countParts(parts: readonly unknown[], path: string, counts: MediaCounts, tally: TextTally): void {
  for (const [index, part] of parts.entries()) {
    if (isRecord(part)) countPart(part, `${path}[${index}]`, counts, tally);
    else countValue(part, tally);
  }
}

function countPart(part: Readonly<Record<string, unknown>>, path: string, counts: MediaCounts, tally: TextTally): void {
  for (const [name, value] of Object.entries(part)) {
    if (MEDIA_MEMBERS.has(name) && isRecord(value)) {
      counts[kindOf(value)] += 1;
      for (const [key, inner] of Object.entries(value)) {
        if (!PAYLOADS.has(key)) countValue(inner, tally);
        else if (ADDRESSES.has(key) && typeof inner === "string") checkPartUrl(inner, `${path}.${name}.${key}`);
      }
    } else if (RESULT_MEMBERS.has(name)) countContent(value, `${path}.${name}`, counts, tally);
    else countValue(value, tally, name);
  }
}

/** By media type: pictures and sound have bounds of their own, whatever else is a file. */
function kindOf(media: Readonly<Record<string, unknown>>): keyof MediaCounts {
  const type = media["mimeType"] ?? media["mime_type"];
  if (typeof type !== "string") return "files";
  if (type.startsWith("image/")) return "images";
  return type.startsWith("audio/") ? "audios" : "files";
}

import { isRecord } from "../parse-body.ts";
import type { TextTally } from "../text-tally.ts";

export interface MediaCounts {
  images: number;
  audios: number;
  files: number;
}

const MEDIA_MEMBERS: ReadonlySet<string> = new Set(["inlineData", "inline_data", "fileData", "file_data"]);
/** Members that name or link things, and Google's own opaque tokens, which are no input of the model's. */
const LABELS: ReadonlySet<string> = new Set(["role", "id", "type", "thoughtSignature", "thought_signature"]);

/**
 * Counts whatever a value holds: texts into the tally, media as items. The body's depth bound bounds the recursion.
 * Everything that is not known to be no text counts, so that the bound is never below the truth.
 */
export function countInput(value: unknown, counts: MediaCounts, tally: TextTally, name = ""): void {
  if (typeof value === "string") {
    if (LABELS.has(name)) tally.addLabel(value);
    else tally.add(value);
  } else if (Array.isArray(value)) for (const inner of value) countInput(inner, counts, tally);
  else if (isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (MEDIA_MEMBERS.has(key) && isRecord(inner)) counts[kindOf(inner)] += 1;
      else countInput(inner, counts, tally, key);
    }
  }
}

/** By media type: pictures and sound have bounds of their own, whatever else is a file. */
function kindOf(media: Readonly<Record<string, unknown>>): keyof MediaCounts {
  const type = media["mimeType"] ?? media["mime_type"];
  if (typeof type !== "string") return "files";
  if (type.startsWith("image/")) return "images";
  return type.startsWith("audio/") ? "audios" : "files";
}

import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import type { DocumentPart, ImagePart, MediaSource, PromptPart, TextPart } from "../prompt.ts";

type ContentPart = TextPart | ImagePart | DocumentPart | Extract<PromptPart, { type: "audio" | "refusal" }>;

const DATA_URL = /^data:([^;,]{1,128})(?:;[^,]{0,128})?;base64,/;
/** What `file_data` without a `data:` prefix is taken for, as OpenAI does. */
const PDF = "application/pdf";

/** The content of a message: a text, or parts. Throws AppError `invalid_parameter` for a part that is of no known kind. */
export function decodeContent(content: unknown, path: string): readonly ContentPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalidParameter(path, "must be a string or an array of content parts.");
  return content.map((part: unknown, index) => {
    if (!isRecord(part)) throw invalidParameter(`${path}[${index}]`, "must be an object.");
    return decodePart(createMemberReader(part, `${path}[${index}]`), `${path}[${index}]`);
  });
}

/** What a tool answered. */
export function decodeOutput(output: unknown, path: string): readonly (TextPart | ImagePart | DocumentPart)[] {
  return decodeContent(output, path).map((part, index) => {
    if (part.type !== "audio" && part.type !== "refusal") return part;
    throw invalidParameter(`${path}[${index}].type`, "must be input_text, input_image or input_file.");
  });
}

function decodePart(part: MemberReader, path: string): ContentPart {
  switch (part.text("type") ?? "") {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: required(part, "text", path) };
    case "refusal":
      return { type: "refusal", text: required(part, "refusal", path) };
    case "input_image":
      return { type: "image", source: sourceOf(required(part, "image_url", path), null), detail: detailOf(part) };
    case "input_file":
      return decodeFile(part, path);
    case "input_audio":
      return decodeAudio(part, path);
    default:
      throw invalidParameter(`${path}.type`, "is of a kind that this model does not take.");
  }
}

/** `original`, the newest, is the most that others have. */
function detailOf(part: MemberReader): ImagePart["detail"] {
  const detail = part.text("detail");
  if (detail === "low" || detail === "auto") return detail;
  return detail === null ? null : "high";
}

function decodeFile(part: MemberReader, path: string): DocumentPart {
  const name = part.text("filename");
  const url = part.text("file_url");
  if (url !== null) return { type: "document", source: { type: "url", url, mediaType: null }, name };
  const data = part.text("file_data");
  if (data === null) throw invalidParameter(path, "holds neither file_data nor file_url.");
  const source = sourceOf(data, PDF);
  return { type: "document", source, name };
}

function decodeAudio(part: MemberReader, path: string): ContentPart {
  const audio = createMemberReader(part.record("input_audio") ?? {}, `${path}.input_audio`);
  const data = required(audio, "data", `${path}.input_audio`);
  return { type: "audio", source: { type: "base64", mediaType: `audio/${audio.text("format") ?? "wav"}`, data } };
}

/** A `data:` URL as data; anything else as an address, or as data of the type that is the default. */
function sourceOf(text: string, defaultType: string | null): MediaSource {
  const match = DATA_URL.exec(text.slice(0, 512));
  if (match) return { type: "base64", mediaType: match[1] ?? "", data: text.slice(match[0].length) };
  if (defaultType !== null) return { type: "base64", mediaType: defaultType, data: text };
  return { type: "url", url: text, mediaType: null };
}

function required(part: MemberReader, name: string, path: string): string {
  const value = part.text(name);
  if (value === null) throw invalidParameter(`${path}.${name}`, "is required and must be a string.");
  return value;
}

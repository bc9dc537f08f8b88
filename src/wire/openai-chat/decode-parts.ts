import { createMemberReader, type MemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import type {
  AudioPart,
  CacheMarker,
  DocumentPart,
  ImagePart,
  MediaSource,
  ReasoningPart,
  TextPart,
} from "../prompt.ts";

type Refusal = { readonly type: "refusal"; readonly text: string };
export type ContentPart = TextPart | ImagePart | AudioPart | DocumentPart | ReasoningPart | Refusal;

const DETAILS = ["low", "high", "auto"] as const;
const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;
const PDF = "application/pdf";

/** `content`: a text, or parts. Throws AppError `invalid_parameter` for parts that no other format has. */
export function decodeContent(content: unknown, path: string): readonly ContentPart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  if (!Array.isArray(content)) return [];
  return content.flatMap((part: unknown, index) => {
    const at = `${path}[${index}]`;
    if (!isRecord(part)) throw invalidParameter(at, "must be an object.");
    return decodePart(createMemberReader(part, at), at);
  });
}

/** Anthropic's and OpenRouter's `cache_control`. */
export function cacheOf(control: unknown): CacheMarker | null {
  return isRecord(control) ? { ttl: control["ttl"] === "1h" ? "1h" : "5m" } : null;
}

function decodePart(part: MemberReader, at: string): readonly ContentPart[] {
  const cache = cacheOf(part.raw("cache_control"));
  switch (part.text("type") ?? "") {
    case "text": {
      const text = part.text("text") ?? "";
      return text === "" ? [] : [{ type: "text", text, cache }];
    }
    case "refusal":
      return [{ type: "refusal", text: part.text("refusal") ?? "" }];
    case "image_url":
      return [{ ...decodeImage(part, at), cache }];
    case "input_audio":
      return [decodeAudio(part, at)];
    case "file":
      return [{ ...decodeFile(part, at), cache }];
    case "thinking":
      return [{ type: "reasoning", text: thinkingText(part.raw("thinking")), signature: null, isRedacted: false }];
    default:
      throw invalidParameter(`${at}.type`, "is a part that this model does not know.");
  }
}

function decodeImage(part: MemberReader, at: string): ImagePart {
  const raw = part.raw("image_url");
  const image = createMemberReader(isRecord(raw) ? raw : { url: raw }, `${at}.image_url`);
  const detail = image.text("detail");
  return {
    type: "image",
    source: sourceOf(image.text("url") ?? "", `${at}.image_url.url`),
    detail: DETAILS.find((known) => known === detail) ?? null,
  };
}

function decodeAudio(part: MemberReader, at: string): AudioPart {
  const audio = createMemberReader(part.record("input_audio") ?? {}, `${at}.input_audio`);
  const data = audio.text("data") ?? "";
  const format = audio.text("format");
  if (!format || !/^[a-z0-9]{1,8}$/.test(format)) throw invalidParameter(`${at}.input_audio.format`, "is required.");
  return { type: "audio", source: { type: "base64", mediaType: `audio/${format}`, data } };
}

/** OpenAI wants a data URL; OpenRouter also takes an address. A bare base64 text is a PDF, as all files once were. */
function decodeFile(part: MemberReader, at: string): DocumentPart {
  const file = createMemberReader(part.record("file") ?? {}, `${at}.file`);
  const data = file.text("file_data");
  if (data === null)
    throw invalidParameter(`${at}.file.file_data`, "is required for this model: file ids are OpenAI's.");
  const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(data);
  const source = isAddress ? sourceOf(data, `${at}.file.file_data`) : { type: "base64" as const, mediaType: PDF, data };
  return { type: "document", source, name: file.text("filename") };
}

function sourceOf(url: string, path: string): MediaSource {
  const match = DATA_URL.exec(url);
  if (match) return { type: "base64", mediaType: match[1] ?? "", data: url.slice(match[0].length) };
  if (/^data:/i.test(url)) throw invalidParameter(path, "must be base64 where it is a data URL.");
  return { type: "url", url, mediaType: null };
}

/** Mistral's: a text, or parts of text. */
function thinkingText(thinking: unknown): string {
  if (typeof thinking === "string") return thinking;
  if (!Array.isArray(thinking)) return "";
  return thinking
    .map((thought: unknown) => (isRecord(thought) && typeof thought["text"] === "string" ? thought["text"] : ""))
    .join("");
}

import { invalidParameter, isRecord } from "../parse-body.ts";
import type { MediaSource } from "../prompt.ts";

type Json = Readonly<Record<string, unknown>>;

/** Bedrock's own bound is 200 characters, of which the place in the conversation takes some. */
const NAME_MAXIMUM = 150;

/** `image/png` as `png`. Text documents have names of their own at Bedrock. */
const DOCUMENT_FORMATS: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "pdf"],
  ["text/plain", "txt"],
  ["text/markdown", "md"],
  ["text/csv", "csv"],
  ["text/html", "html"],
]);

export function formatOf(source: MediaSource, kind: "image" | "document"): string {
  const type = source.mediaType ?? "";
  const format = kind === "image" ? /^image\/(png|jpeg|gif|webp)$/.exec(type)?.[1] : DOCUMENT_FORMATS.get(type);
  if (format === undefined)
    throw invalidParameter("messages", `hold a ${kind} of a type that this model does not take.`);
  return format;
}

export function bytesOf(source: MediaSource): Json {
  if (source.type === "base64") return { bytes: source.data };
  if (source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  throw invalidParameter("messages", "hold a file by its address, which this model does not take: send its bytes.");
}

/** Bedrock takes letters, digits, single blanks, hyphens and brackets in a document's name, and each name once. */
export function safeName(name: string | null, fallback: string): string {
  const safe = (name ?? "").replaceAll(/[^A-Za-z0-9\-()[\]]+/g, " ").trim();
  return `${safe === "" ? "document" : safe.slice(0, NAME_MAXIMUM).trim()} ${fallback}`;
}

/**
 * Converse demands a text in every turn that holds a document. The document's name stands in for one that the caller
 * did not write: it reaches the model anyway, so that nothing is said which the caller did not say.
 */
export function withTextBesideDocuments<Turn extends { readonly content: readonly Json[] }>(turn: Turn): Turn {
  const at = turn.content.findIndex((block) => "document" in block);
  const document = turn.content[at]?.["document"];
  if (!isRecord(document) || turn.content.some((block) => "text" in block)) return turn;
  return { ...turn, content: turn.content.toSpliced(at, 0, { text: document["name"] }) };
}

import { invalidParameter, isRecord } from "../parse-body.ts";
import type { MemberReader } from "../member-reader.ts";
import type {
  DocumentPart,
  ImagePart,
  MediaSource,
  PromptMessage,
  PromptPart,
  Signature,
  ToolResultPart,
} from "../prompt.ts";
import { readSignature } from "../signature.ts";
import { readObject } from "./spelling.ts";

/** Ids of calls whose result has not come, by the function's name: Gemini may leave ids out and pair by order. */
type OpenCalls = Map<string, string[]>;

interface Context {
  readonly open: OpenCalls;
  /** Calls seen so far: their number names those without an id. */
  calls: number;
}

const PARTS_MAXIMUM = 100_000;

/** The conversation. Throws AppError `invalid_parameter` for a part that no other format has. */
export function decodeContents(contents: readonly unknown[]): readonly PromptMessage[] {
  const context: Context = { open: new Map(), calls: 0 };
  return contents.map((content, index) => {
    const path = `contents[${index}]`;
    if (!isRecord(content)) throw invalidParameter(path, "must be an object.");
    const reader = readObject(content, path);
    const role = reader.text("role") ?? "user";
    if (role !== "user" && role !== "model" && role !== "function") {
      throw invalidParameter(`${path}.role`, "must be user or model.");
    }
    const parts = (reader.list("parts", PARTS_MAXIMUM) ?? []).flatMap((part, at) => {
      const partPath = `${path}.parts[${at}]`;
      if (!isRecord(part)) throw invalidParameter(partPath, "must be an object.");
      return decodePart(readObject(part, partPath), partPath, context);
    });
    return { role: role === "model" ? "assistant" : "user", parts: mergeReasoning(parts) };
  });
}

function decodePart(part: MemberReader, path: string, context: Context): readonly PromptPart[] {
  const token = part.text("thoughtSignature");
  const signature = token === null ? null : readSignature(token, "gemini");
  const call = part.record("functionCall");
  if (call) return [decodeCall(readObject(call, `${path}.functionCall`), `${path}.functionCall`, signature, context)];
  const response = part.record("functionResponse");
  if (response) {
    return [decodeResult(readObject(response, `${path}.functionResponse`), `${path}.functionResponse`, context)];
  }
  const inline = part.record("inlineData") ?? part.record("fileData");
  if (inline) return [decodeMedia(readObject(inline, path), path)];
  const text = part.text("text");
  if (text === null) throw invalidParameter(path, "is of a kind that this model does not take.");
  if (part.flag("thought") === true) {
    return [{ type: "reasoning", text, signature, isRedacted: text === "" && signature !== null }];
  }
  const parts: PromptPart[] = [];
  if (signature) parts.push({ type: "reasoning", text: "", signature, isRedacted: false });
  if (text !== "") parts.push({ type: "text", text });
  return parts;
}

function decodeCall(call: MemberReader, path: string, signature: Signature | null, context: Context): PromptPart {
  const name = call.text("name");
  if (name === null) throw invalidParameter(`${path}.name`, "is required and must be a string.");
  context.calls += 1;
  const id = call.text("id") ?? `call_${context.calls}`;
  const open = context.open.get(name) ?? [];
  open.push(id);
  context.open.set(name, open);
  return { type: "tool-call", id, name, arguments: JSON.stringify(call.record("args") ?? {}), signature };
}

function decodeResult(result: MemberReader, path: string, context: Context): ToolResultPart {
  const name = result.text("name");
  if (name === null) throw invalidParameter(`${path}.name`, "is required and must be a string.");
  const open = context.open.get(name) ?? [];
  const callId = result.text("id") ?? open[0];
  if (callId === undefined) throw invalidParameter(path, "answers a call that was not made.");
  const at = open.indexOf(callId);
  if (at >= 0) open.splice(at, 1);
  const response = result.record("response") ?? {};
  const media = result.list("parts", PARTS_MAXIMUM) ?? [];
  return {
    type: "tool-result",
    callId,
    name,
    parts: [
      { type: "text", text: resultText(response) },
      ...media.map((part, at) => decodeResultMedia(part, `${path}.parts[${at}]`)),
    ],
    isError: Object.hasOwn(response, "error"),
  };
}

function decodeResultMedia(part: unknown, path: string): ImagePart | DocumentPart {
  const reader = readObject(isRecord(part) ? part : {}, path);
  const inline = reader.record("inlineData") ?? reader.record("fileData");
  const media = inline && decodeMedia(readObject(inline, path), path);
  if (media?.type === "image" || media?.type === "document") return media;
  throw invalidParameter(path, "must hold a picture or a document.");
}

/** `{ output: … }` and `{ result: … }` are Google's own wrapping of a plain answer; anything else is the answer. */
function resultText(response: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(response);
  const [only] = names;
  const isWrapped = names.length === 1 && (only === "output" || only === "result" || only === "error");
  const value = isWrapped ? response[only] : response;
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function decodeMedia(media: MemberReader, path: string): PromptPart {
  const mediaType = media.text("mimeType");
  const data = media.text("data");
  const url = media.text("fileUri");
  if (data !== null && mediaType === null) throw invalidParameter(`${path}.inlineData.mimeType`, "is required.");
  const source: MediaSource | null =
    data !== null
      ? { type: "base64", mediaType: mediaType ?? "", data }
      : url === null
        ? null
        : { type: "url", url, mediaType };
  if (!source) throw invalidParameter(path, "holds neither data nor an address.");
  if (mediaType?.startsWith("image/")) return { type: "image", source, detail: null };
  if (mediaType?.startsWith("audio/")) return { type: "audio", source };
  if (mediaType?.startsWith("video/")) throw invalidParameter(path, "holds a video, which this model does not take.");
  return { type: "document", source, name: null };
}

/** A signature that came in a part of its own belongs to the thoughts before it. */
function mergeReasoning(parts: readonly PromptPart[]): readonly PromptPart[] {
  const merged: PromptPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    const continues = part.type === "reasoning" && last?.type === "reasoning" && last.signature === null;
    if (continues) {
      merged[merged.length - 1] = {
        type: "reasoning",
        text: last.text + part.text,
        signature: part.signature,
        isRedacted: false,
      };
    } else merged.push(part);
  }
  return merged;
}

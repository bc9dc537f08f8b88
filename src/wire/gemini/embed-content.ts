import { createMemberReader } from "../member-reader.ts";
import { parseEmbeddingsRequest, type EmbeddingsRequest } from "../openai-embeddings/request.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { readObject } from "./spelling.ts";

const PARTS_MAXIMUM = 1_024;
const NO_MEMBERS: ReadonlySet<string> = new Set();

/** Reads the body of `:embedContent` as the embeddings request that it is. Throws AppError `invalid_json` or `invalid_parameter`. */
export function parseEmbedContentRequest(text: string, model: string): EmbeddingsRequest {
  const { value } = parseBody(text, NO_MEMBERS);
  if (!isRecord(value)) throw invalidParameter("body", "must be an object.");
  const body = readObject(value, "");
  const content = body.record("content");
  const parts = content && createMemberReader(content, "content").list("parts", PARTS_MAXIMUM);
  if (!parts || parts.length === 0) throw invalidParameter("content.parts", "is required and must not be empty.");
  const texts = parts.map((part, index) => {
    const path = `content.parts[${index}]`;
    const partText = isRecord(part) ? createMemberReader(part, path).text("text") : null;
    if (partText === null) throw invalidParameter(path, "must be a text part.");
    return partText;
  });
  const dimensions = body.count("outputDimensionality");
  return parseEmbeddingsRequest(
    JSON.stringify({
      model,
      input: texts.join("\n"),
      encoding_format: "float",
      ...(dimensions === null ? {} : { dimensions }),
      ...("models" in value ? { models: value["models"] } : {}),
      ...("provider" in value ? { provider: value["provider"] } : {}),
    }),
  );
}

/** An answer in OpenAI's shape as Google's; null where it is none. */
export function encodeEmbedContentResponse(text: string): string | null {
  const value = parseJson(text);
  const data = isRecord(value) ? value["data"] : null;
  const first: unknown = Array.isArray(data) ? data[0] : null;
  const values = isRecord(first) ? first["embedding"] : null;
  return Array.isArray(values) ? JSON.stringify({ embedding: { values } }) : null;
}

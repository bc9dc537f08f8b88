import { isRecord, parseJson, type EmbeddingsRequest } from "#wire";
import { encodeVector } from "../encode-vector.ts";

/** Cloudflare answers with numbers whatever was asked; OpenAI's clients ask for base64 and read nothing else. Null where it is no answer. */
export function decodeEmbeddings(text: string, { values, encodingFormat }: EmbeddingsRequest): string | null {
  const value = parseJson(text);
  const data = isRecord(value) ? value["data"] : null;
  if (!isRecord(value) || !Array.isArray(data) || data.length !== values.length) return null;
  if (encodingFormat !== "base64") return text;
  const encoded = data.map((entry: unknown, index) => {
    const vector = isRecord(entry) && Array.isArray(entry["embedding"]) ? entry["embedding"] : [];
    return { object: "embedding", index, embedding: encodeVector(vector, encodingFormat) };
  });
  return JSON.stringify({ ...value, data: encoded });
}

import { AppError } from "#kernel";
import { isRecord, parseJson, type EmbeddingsRequest } from "#wire";

/** The body of `:batchEmbedContents`. Throws AppError `unsupported_parameter` for token lists, which Google does not take. */
export function encodeEmbeddings(request: EmbeddingsRequest, upstreamModel: string) {
  return {
    requests: request.values.map((value) => {
      if (typeof value !== "string")
        throw new AppError("unsupported_parameter", { param: "input", params: { param: "input" } });
      return {
        model: `models/${upstreamModel}`,
        content: { parts: [{ text: value }] },
        ...(request.dimensions === null ? {} : { outputDimensionality: request.dimensions }),
      };
    }),
  };
}

/** Google's answer in OpenAI's shape; null where it is none. It names no usage for texts, so that the estimate stands in. */
export function decodeEmbeddings(text: string, request: EmbeddingsRequest, model: string): string | null {
  const value = parseJson(text);
  const embeddings = isRecord(value) ? value["embeddings"] : null;
  if (!isRecord(value) || !Array.isArray(embeddings) || embeddings.length !== request.values.length) return null;
  const data = embeddings.map((embedding: unknown, index) => {
    const values = isRecord(embedding) && Array.isArray(embedding["values"]) ? embedding["values"] : [];
    return { object: "embedding", index, embedding: encodeVector(values, request.encodingFormat) };
  });
  const usage = isRecord(value["usageMetadata"]) ? value["usageMetadata"]["promptTokenCount"] : null;
  return JSON.stringify({
    object: "list",
    data,
    model,
    ...(typeof usage === "number" ? { usage: { prompt_tokens: usage, total_tokens: usage } } : {}),
  });
}

/** `base64` is what OpenAI's SDK asks for unless told otherwise: little-endian 32-bit floats. */
function encodeVector(values: readonly unknown[], encodingFormat: string | null): readonly unknown[] | string {
  if (encodingFormat !== "base64") return values;
  const bytes = new DataView(new ArrayBuffer(values.length * Float32Array.BYTES_PER_ELEMENT));
  for (const [index, value] of values.entries()) bytes.setFloat32(index * 4, Number(value), true);
  return btoa(String.fromCharCode(...new Uint8Array(bytes.buffer)));
}

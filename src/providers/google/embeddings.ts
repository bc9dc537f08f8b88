import { AppError } from "#kernel";
import { isRecord, parseJson, type EmbeddingsRequest } from "#wire";
import { encodeVector } from "../encode-vector.ts";

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

import { AppError } from "#kernel";
import { isRecord, memberText, parseJson, type EmbeddingsRequest } from "#wire";
import { encodeVector } from "../encode-vector.ts";

/** Cohere wants to know what is embedded; OpenAI's clients do not say. Documents are what most embed. */
const INPUT_TYPE = "search_document";

/** The body of `POST /v2/embed`. `input_type` of the caller's passes. Throws AppError `unsupported_parameter` for token lists. */
export function encodeEmbeddings(request: EmbeddingsRequest, upstreamModel: string) {
  const inputType: unknown = parseJson(memberText(request.object, "input_type") ?? "null");
  return {
    model: upstreamModel,
    texts: request.values.map((value) => {
      if (typeof value === "string") return value;
      throw new AppError("unsupported_parameter", { param: "input", params: { param: "input" } });
    }),
    input_type: typeof inputType === "string" ? inputType : INPUT_TYPE,
    embedding_types: ["float"],
    ...(request.dimensions === null ? {} : { output_dimension: request.dimensions }),
  };
}

/** Cohere's answer in OpenAI's shape; null where it is none. */
export function decodeEmbeddings(text: string, request: EmbeddingsRequest, model: string): string | null {
  const value = parseJson(text);
  const embeddings = isRecord(value) ? value["embeddings"] : null;
  const floats = isRecord(embeddings) ? embeddings["float"] : null;
  if (!isRecord(value) || !Array.isArray(floats) || floats.length !== request.values.length) return null;
  const data = floats.map((vector: unknown, index) => ({
    object: "embedding",
    index,
    embedding: encodeVector(Array.isArray(vector) ? vector : [], request.encodingFormat),
  }));
  const meta = isRecord(value["meta"]) ? value["meta"] : {};
  const billed = isRecord(meta["billed_units"]) ? meta["billed_units"] : {};
  const tokens = billed["input_tokens"];
  return JSON.stringify({
    object: "list",
    data,
    model,
    ...(typeof tokens === "number" ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {}),
  });
}

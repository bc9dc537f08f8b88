import { isRecord, parseJson, type ImagesRequest } from "#wire";
import { checkImageParams, unsupported } from "../image-params.ts";
import type { UpstreamFault } from "../spec.ts";
import { upstreamFault } from "../upstream-fault.ts";
import { mapUsage } from "./map-usage.ts";

type Json = Readonly<Record<string, unknown>>;

/** Shapes that both kinds of models know; others are refused, as their pixels cannot be had. */
const RATIOS: ReadonlyMap<string, string> = new Map([
  ["1024x1024", "1:1"],
  ["1024x1792", "9:16"],
  ["1792x1024", "16:9"],
]);
const GEMINI_RATIOS: ReadonlyMap<string, string> = new Map([...RATIOS, ["1536x1024", "3:2"], ["1024x1536", "2:3"]]);

/** Imagen makes four at most; Gemini one a call. */
const IMAGEN_COUNT_MAX = 4;
/** What a model that also writes may write and think beside its picture; the hold counts with it. */
export const GEMINI_IMAGE_OUTPUT_TOKENS = 8_192;

/** Asking again will not help. */
const FILTERED: UpstreamFault = {
  ...upstreamFault("upstream_invalid_request", false, 200),
  upstreamCode: "content_filter",
};

export const isImagen = (upstreamModel: string): boolean => upstreamModel.startsWith("imagen");

/** The body of `:predict` (Imagen) or `:generateContent` (Gemini). Throws AppError `unsupported_parameter`. */
export function encodeImages(request: ImagesRequest, upstreamModel: string) {
  const { prompt, count } = request;
  if (isImagen(upstreamModel)) {
    const droppedParams = checkImageParams(request, ["size"], IMAGEN_COUNT_MAX);
    const parameters = { sampleCount: count, ...ratio(request, RATIOS) };
    return { body: { instances: [{ prompt }], parameters }, droppedParams };
  }
  const droppedParams = checkImageParams(request, ["size"], 1);
  const shape = ratio(request, GEMINI_RATIOS);
  const generationConfig = {
    responseModalities: ["TEXT", "IMAGE"],
    maxOutputTokens: GEMINI_IMAGE_OUTPUT_TOKENS,
    ...(Object.keys(shape).length === 0 ? {} : { imageConfig: shape }),
  };
  return { body: { contents: [{ role: "user", parts: [{ text: prompt }] }], generationConfig }, droppedParams };
}

function ratio({ size }: ImagesRequest, ratios: ReadonlyMap<string, string>): { aspectRatio?: string } {
  if (size === null || size === "auto") return {};
  const aspectRatio = ratios.get(size);
  if (aspectRatio === undefined) throw unsupported("size");
  return { aspectRatio };
}

/** Google's pictures in OpenAI's shape, with what is billed. A fault where its filter left none. */
export function decodeImages(text: string, upstreamModel: string): string | UpstreamFault | null {
  const value = parseJson(text);
  if (!isRecord(value)) return null;
  const pictures = isImagen(upstreamModel) ? predicted(value) : generated(value);
  if (pictures === null) return null;
  if (pictures.length === 0) return FILTERED;
  const usage = isImagen(upstreamModel) ? { images: pictures.length } : openAiUsage(value["usageMetadata"]);
  return JSON.stringify({
    created: 0,
    data: pictures.map((data) => ({ b64_json: data })),
    ...(isRecord(usage) ? { usage } : {}),
  });
}

/** Google's usage as OpenAI spells that of pictures. What was thought counts as text. */
function openAiUsage(metadata: unknown): Json | null {
  const units = isRecord(metadata) ? mapUsage(metadata, "chat.completions") : null;
  if (units === null) return null;
  const { input = 0, cached_read: cached = 0, image_out: pictures = 0, output = 0, reasoning = 0 } = units;
  const inputTokens = input + cached;
  const outputTokens = pictures + output + reasoning;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { image_tokens: 0, text_tokens: inputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { image_tokens: pictures, text_tokens: output + reasoning },
    total_tokens: inputTokens + outputTokens,
  };
}

/** A filtered picture is a reason without bytes; when all are, some models leave the list out. */
function predicted(value: Json): readonly string[] | null {
  const { predictions = [] } = value;
  if (!Array.isArray(predictions)) return null;
  return predictions.flatMap((prediction: unknown) => dataOf(prediction, "bytesBase64Encoded"));
}

function generated(value: Json): readonly string[] | null {
  const { candidates = [] } = value;
  if (!Array.isArray(candidates)) return null;
  return candidates.flatMap((candidate: unknown) => {
    const content = isRecord(candidate) ? candidate["content"] : null;
    const parts: readonly unknown[] = isRecord(content) && Array.isArray(content["parts"]) ? content["parts"] : [];
    // Pictures of a model's thoughts are not the answer.
    return parts.flatMap((part) =>
      isRecord(part) && part["thought"] !== true ? dataOf(part["inlineData"] ?? part["inline_data"], "data") : [],
    );
  });
}

function dataOf(holder: unknown, name: string): readonly string[] {
  const data = isRecord(holder) ? holder[name] : null;
  return typeof data === "string" && data !== "" ? [data] : [];
}

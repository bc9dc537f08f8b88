import { isRecord, parseJson, type ImagesRequest } from "#wire";
import { checkImageParams } from "../image-params.ts";

/** One picture of 1,024 pixels square a call: its price is that of the eight steps that are the most. */
export function encodeImages(request: ImagesRequest) {
  const droppedParams = checkImageParams(request, [], 1);
  return { body: { prompt: request.prompt }, droppedParams };
}

/** Cloudflare's picture in OpenAI's shape, with what is billed; null where there is none. */
export function decodeImages(text: string): string | null {
  const value = parseJson(text);
  const result = isRecord(value) ? value["result"] : null;
  const image = isRecord(result) ? result["image"] : null;
  if (typeof image !== "string" || image === "") return null;
  return JSON.stringify({ created: 0, data: [{ b64_json: image }], usage: { images: 1 } });
}

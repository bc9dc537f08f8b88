import { AppError } from "#kernel";
import type { ImagesRequest } from "#wire";

/** Members that change nothing of the picture: who asks, and how strictly it is looked through. */
const DROPPED: ReadonlySet<string> = new Set(["user", "safety_identifier", "moderation"]);
const HARMLESS: ReadonlySet<string> = new Set([
  "model",
  "prompt",
  "models",
  "provider",
  "usage",
  "response_format",
  "n",
]);
/** A value that asks for nothing in particular. */
const ANY: ReadonlySet<string> = new Set(["auto", "standard"]);

/**
 * What a provider other than OpenAI does with the members of a request for pictures. `knows` are those that it can honour;
 * what it cannot is refused, or named as dropped. Throws AppError `unsupported_parameter`.
 */
export function checkImageParams(
  request: ImagesRequest,
  knows: readonly string[],
  countMax: number,
): readonly string[] {
  const dropped: string[] = [];
  if (request.count > countMax) throw unsupported("n");
  if (request.responseFormat !== null && request.responseFormat !== "b64_json") throw unsupported("response_format");
  for (const name of request.named) {
    if (HARMLESS.has(name) || knows.includes(name)) continue;
    if (DROPPED.has(name)) dropped.push(name);
    else if (!asksNothing(request, name)) throw unsupported(name);
  }
  return dropped;
}

function asksNothing(request: ImagesRequest, name: string): boolean {
  if (name === "stream") return !request.stream;
  if (name === "partial_images") return request.partialImages === 0;
  if (name === "size") return request.size === "auto";
  return name === "quality" && ANY.has(request.quality ?? "auto");
}

export const unsupported = (param: string): AppError =>
  new AppError("unsupported_parameter", { param, params: { param } });

import type { JsonObjectText } from "../json/scan-object.ts";
import { createMemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { checkMediaUrl } from "../public-url.ts";
import { readModel } from "../read-model.ts";
import { createTextTally } from "../text-tally.ts";

/** A moderations request: the caller's own text, and what it holds. */
export interface ModerationsRequest {
  readonly object: JsonObjectText;
  readonly model: string;
  readonly inputs: number;
  readonly images: number;
  readonly textBytes: number;
  readonly models: unknown;
  readonly provider: unknown;
  estimateInputTokens(): number;
}

/** What OpenAI takes where no model is named. */
const MODEL_DEFAULT = "omni-moderation-latest";
const INPUTS_MAXIMUM = 2_048;
const KNOWN = new Set(["model", "input", "models", "provider", "usage"]);
const INPUT_FORMS = "must be a string, an array of strings, or an array of text and image_url parts.";

/** Reads the body of `POST /v1/moderations`. Throws AppError `invalid_json` or `invalid_parameter` (with `param`). */
export function parseModerationsRequest(text: string): ModerationsRequest {
  const { object, value } = parseBody(text, KNOWN);
  const body = isRecord(value) ? value : {};
  const members = createMemberReader(body, "");
  const input = members.raw("input");
  if (input === undefined || input === null) throw invalidParameter("input", "is required.");
  if (typeof input !== "string" && !Array.isArray(input)) throw invalidParameter("input", INPUT_FORMS);
  const items: readonly unknown[] = typeof input === "string" ? [input] : input;
  if (items.length === 0) throw invalidParameter("input", "must not be empty.");
  if (items.length > INPUTS_MAXIMUM) throw invalidParameter("input", `holds more than ${INPUTS_MAXIMUM} inputs.`);
  const tally = createTextTally();
  let images = 0;
  for (const [index, item] of items.entries()) {
    const words = typeof item === "string" ? item : partText(item, `input[${index}]`);
    if (words === null) images += 1;
    else tally.add(words);
  }
  return {
    object,
    model: readModel(members.text("model") ?? MODEL_DEFAULT),
    inputs: items.length,
    images,
    textBytes: tally.bytes(),
    models: body["models"],
    provider: body["provider"],
    estimateInputTokens: () => tally.estimateTokens(),
  };
}

/** The words of a part; null for a picture. */
function partText(part: unknown, path: string): string | null {
  if (!isRecord(part)) throw invalidParameter("input", INPUT_FORMS);
  if (part["type"] === "text" && typeof part["text"] === "string") return part["text"];
  const image = part["image_url"];
  const url = isRecord(image) ? image["url"] : image;
  if (part["type"] !== "image_url" || typeof url !== "string") throw invalidParameter(path, INPUT_FORMS);
  checkMediaUrl(url, `${path}.image_url.url`);
  return null;
}

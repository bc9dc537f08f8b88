import { AppError } from "#kernel";
import type { JsonObjectText } from "../json/scan-object.ts";
import { createMemberReader } from "../member-reader.ts";
import type { FormBody } from "../multipart/form.ts";
import { readForm } from "../multipart/read-form.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { checkMediaUrl } from "../public-url.ts";
import { readModel } from "../read-model.ts";
import { createTextTally } from "../text-tally.ts";
import { EDIT_PARTS, IMAGE_MEMBERS, UNPRICED_MEMBERS, VARIATION_PARTS } from "./members.ts";

export type ImagesOperation = "images.generations" | "images.edits" | "images.variations";

/** A request for pictures, whatever body it came in, and what admission, metering and providers need to know of it. */
export interface ImagesRequest {
  readonly operation: ImagesOperation;
  readonly body:
    | { readonly type: "json"; readonly object: JsonObjectText }
    | { readonly type: "form"; readonly form: FormBody };
  readonly model: string;
  readonly prompt: string;
  /** Pictures to make. */
  readonly count: number;
  /** `WIDTHxHEIGHT`, `auto`, or null for the model's own. */
  readonly size: string | null;
  readonly quality: string | null;
  readonly stream: boolean;
  readonly partialImages: number;
  /** Pictures that the model reads, masks included. */
  readonly inputImages: number;
  /** Every member that the caller set, for providers that know fewer. */
  readonly named: readonly string[];
  readonly responseFormat: string | null;
  readonly outputFormat: string | null;
  readonly models: unknown;
  readonly provider: unknown;
  readonly textBytes: number;
  estimateInputTokens(): number;
}

type Fields = Pick<
  ImagesRequest,
  "count" | "size" | "quality" | "stream" | "partialImages" | "inputImages" | "responseFormat" | "outputFormat"
> & { readonly model: string | null; readonly prompt: string | null };

export const IMAGES_COUNT_MAX = 10;
const PARTIAL_IMAGES_MAX = 3;
const INPUT_IMAGES_MAX = 16;
const PROMPT_MAX_CHARACTERS = 32_000;
const SIZE = /^(?:auto|[1-9]\d{1,3}x[1-9]\d{1,3})$/;
const KNOWN: ReadonlySet<string> = new Set(IMAGE_MEMBERS);

/** Reads the JSON body of `POST /v1/images/generations` or `/edits`. Throws AppError `invalid_json`, `invalid_parameter` or `unsupported_parameter`. */
export function parseImagesRequest(text: string, operation: ImagesOperation): ImagesRequest {
  const { object, value } = parseBody(text, KNOWN);
  const body = isRecord(value) ? value : {};
  const members = createMemberReader(body, "");
  const named = Object.keys(body).filter((name) => body[name] !== null && body[name] !== undefined);
  return finish(operation, {
    body: { type: "json", object },
    named,
    models: body["models"],
    provider: body["provider"],
    model: members.text("model"),
    prompt: members.text("prompt"),
    count: within("n", members.count("n") ?? 1, IMAGES_COUNT_MAX),
    size: members.text("size"),
    quality: members.text("quality"),
    stream: members.flag("stream") ?? false,
    partialImages: within("partial_images", members.count("partial_images", 0) ?? 0, PARTIAL_IMAGES_MAX),
    inputImages: operation === "images.generations" ? 0 : readImageRefs(body),
    responseFormat: members.text("response_format"),
    outputFormat: members.text("output_format"),
  });
}

/** Reads the form of `POST /v1/images/edits` or `/variations`. Throws AppError as above. */
export function readImagesForm(form: FormBody, operation: ImagesOperation): ImagesRequest {
  const reader = readForm(form, operation === "images.variations" ? VARIATION_PARTS : EDIT_PARTS);
  const images = ["image", "mask", "markup"].flatMap((name) => reader.files(name));
  if (reader.files("image").length === 0) throw invalidParameter("image", "is required and must be a file.");
  return finish(operation, {
    body: { type: "form", form },
    named: form.parts.map(({ name }) => name),
    models: undefined,
    provider: undefined,
    model: reader.text("model"),
    prompt: operation === "images.variations" ? "" : reader.text("prompt"),
    count: reader.count("n", 1, IMAGES_COUNT_MAX) ?? 1,
    size: reader.text("size"),
    quality: reader.text("quality"),
    stream: reader.flag("stream"),
    partialImages: reader.count("partial_images", 0, PARTIAL_IMAGES_MAX) ?? 0,
    inputImages: images.length,
    responseFormat: reader.text("response_format"),
    outputFormat: reader.text("output_format"),
  });
}

function finish(
  operation: ImagesOperation,
  fields: Fields & Pick<ImagesRequest, "body" | "named" | "models" | "provider">,
): ImagesRequest {
  const { named, outputFormat, stream, count, prompt, size } = fields;
  const unpriced = UNPRICED_MEMBERS.find((name) => named.includes(name));
  if (unpriced !== undefined) throw unsupported(unpriced);
  if (outputFormat === "gif" || outputFormat === "svg") throw unsupported("output_format");
  // Whether the usage of each of several streamed pictures counts the others too is not published.
  if (stream && count > 1) throw invalidParameter("n", "must be 1 for a stream.");
  if (size !== null && !SIZE.test(size)) throw invalidParameter("size", "must be WIDTHxHEIGHT or auto.");
  if (prompt === null) throw invalidParameter("prompt", "is required and must be a string.");
  if (prompt.length > PROMPT_MAX_CHARACTERS) {
    throw invalidParameter("prompt", `is longer than ${PROMPT_MAX_CHARACTERS} characters.`);
  }
  const tally = createTextTally();
  tally.add(prompt);
  return {
    ...fields,
    operation,
    model: readModel(fields.model),
    prompt,
    textBytes: tally.bytes(),
    estimateInputTokens: () => tally.estimateTokens(),
  };
}

/** The pictures of a JSON edit. Files that lie at the provider belong to its account, which callers share: refused. */
function readImageRefs(body: Readonly<Record<string, unknown>>): number {
  const { images, mask } = body;
  if (!Array.isArray(images) || images.length === 0)
    throw invalidParameter("images", "is required: an array of images.");
  if (images.length > INPUT_IMAGES_MAX) throw invalidParameter("images", `holds more than ${INPUT_IMAGES_MAX} images.`);
  for (const [index, image] of images.entries()) checkImageRef(image, `images[${index}]`);
  if (mask === undefined || mask === null) return images.length;
  checkImageRef(mask, "mask");
  return images.length + 1;
}

function checkImageRef(image: unknown, path: string): void {
  const url = isRecord(image) ? image["image_url"] : null;
  if (isRecord(image) && image["file_id"] !== undefined) throw unsupported("file_id");
  if (typeof url !== "string") throw invalidParameter(path, "must hold 'image_url' with a URL or a data URL.");
  checkMediaUrl(url, `${path}.image_url`);
}

function within(param: string, value: number, most: number): number {
  if (value > most) throw invalidParameter(param, `must be at most ${most}.`);
  return value;
}

const unsupported = (param: string): AppError => new AppError("unsupported_parameter", { param, params: { param } });

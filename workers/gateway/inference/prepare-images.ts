import type { Endpoint } from "#catalog";
import type { UsageUnits } from "#kernel";
import { imageTokensLikely, imageTokensMost } from "#metering";
import {
  createImagesTap,
  parseImagesRequest,
  readImagesAnswer,
  readImagesForm,
  type FormBody,
  type ImagesOperation,
  type ImagesRequest,
} from "#wire";
import { mediaCall, mediaSummary } from "./media-call.ts";
import type { AnswerContext, PreparedCall, WholeAnswer, WholeBody } from "./prepared-call.ts";

/** What a provider puts around a prompt. */
const FRAME_TOKENS = 256;
/** The most of any wired model for a picture that it reads, and for one that a model which also writes makes (4K). */
const INPUT_IMAGE_TOKENS_WORST = 10_000;
const WRITTEN_IMAGE_TOKENS = 2_560;
/** As src/providers/google asks for: text and thoughts beside a picture. */
const WRITTEN_TEXT_TOKENS = 8_192;
const INPUT_IMAGE_TOKENS_TYPICAL = 1_024;

/** Reads a JSON body of `POST /v1/images/…`. Throws AppError for what cannot be read, or would have no price. */
export const prepareImages =
  (operation: ImagesOperation) =>
  (text: string): PreparedCall =>
    imagesCall(parseImagesRequest(text, operation));

/** Reads a form likewise. */
export const prepareImagesForm =
  (operation: ImagesOperation) =>
  (form: FormBody): PreparedCall =>
    imagesCall(readImagesForm(form, operation));

function imagesCall(request: ImagesRequest): PreparedCall {
  const { operation } = request;
  return mediaCall({
    operation,
    model: request.model,
    models: request.models,
    provider: request.provider,
    streamed: request.stream,
    uses: request.inputImages > 0 ? new Map([["image_input", "image"]]) : new Map(),
    media: {
      most: (endpoint) => mostUnits(request, endpoint),
      likely: (delivered, aborted) => likelyUnits(request, delivered.events, aborted),
    },
    providerCall: ({ upstreamModel }) => ({ operation, upstreamModel, request }),
    createTap: createImagesTap,
    readAnswer: (body, upstream, context) => readAnswer(body, upstream.decodeAnswer !== undefined, context),
  });
}

/** An endpoint that names its output maximum also writes, and makes one picture a call; the others count as OpenAI's do. */
function mostUnits(request: ImagesRequest, { maxOutputTokens, imageTokensMax }: Endpoint): UsageUnits {
  const writes = maxOutputTokens !== null;
  return {
    images: request.count,
    input: request.textBytes + FRAME_TOKENS,
    image_in: request.inputImages * (imageTokensMax ?? INPUT_IMAGE_TOKENS_WORST),
    image_out: writes ? request.count * WRITTEN_IMAGE_TOKENS : imageTokensMost(request),
    ...(writes ? { output: WRITTEN_TEXT_TOKENS } : {}),
  };
}

/** A call that was aborted before its pictures came is charged for what was read, as its provider began to make them. */
function likelyUnits(request: ImagesRequest, delivered: number, aborted: boolean): UsageUnits {
  // More than were asked for are the provider's gift, or its slip.
  const pictures = Math.min(delivered, request.count);
  if (pictures === 0 && !aborted) return {};
  return {
    images: Math.max(pictures, aborted ? 1 : 0),
    input: request.estimateInputTokens(),
    image_in: request.inputImages * INPUT_IMAGE_TOKENS_TYPICAL,
    image_out: pictures * imageTokensLikely(request),
  };
}

/** Providers of other formats say no time; the answer's own is the request's. What they count in OpenAI's usage has no words for. */
const CREATED_UNKNOWN = '{"created":0,';
const COUNTED_USAGE = /,"usage":\{"images":\d+\}\}$/;

function readAnswer(body: WholeBody, isDecoded: boolean, { createdSeconds }: AnswerContext): WholeAnswer {
  const answer = readImagesAnswer(body.text);
  const isTimeless = isDecoded && body.text.startsWith(CREATED_UNKNOWN);
  return {
    summary: mediaSummary(answer, answer.images),
    body: isTimeless
      ? `{"created":${createdSeconds},${body.text.slice(CREATED_UNKNOWN.length).replace(COUNTED_USAGE, "}")}`
      : body.bytes,
    contentType: "application/json",
  };
}

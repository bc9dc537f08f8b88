import { AppError } from "#kernel";
import {
  editForm,
  encodeForm,
  spliceMembers,
  type ImagesRequest,
  type JsonObjectText,
  type SpeechRequest,
  type TranscriptFormat,
  type TranscriptionRequest,
} from "#wire";
import type { ProviderCall, ProviderSettings, UpstreamBody, UpstreamRequest } from "../spec.ts";

/** A call of OpenAI's for something other than text and vectors. */
export type MediaCall = Extract<
  ProviderCall,
  { request: ImagesRequest | SpeechRequest | TranscriptionRequest } | { operation: "moderations" }
>;

const PATHS = {
  moderations: "/moderations",
  "images.generations": "/images/generations",
  "images.edits": "/images/edits",
  "images.variations": "/images/variations",
  "audio.speech": "/audio/speech",
  "audio.transcriptions": "/audio/transcriptions",
  "audio.translations": "/audio/translations",
} as const satisfies Record<MediaCall["operation"], string>;

const JSON_TYPE = "application/json";
const EVENT_STREAM_TYPE = "text/event-stream";

/** Our extensions, which no upstream may see. */
const OWN_MEMBERS = ["usage", "models", "provider"] as const;

/** Models that know plain sound alone, and no events. */
const SPEAKS_PLAINLY = /^tts-1/;
/** Models that are billed by duration. Only their longest format names it everywhere; they never stream. */
const BILLS_DURATION = /whisper/;

export const isMedia = (call: ProviderCall): call is MediaCall => Object.hasOwn(PATHS, call.operation);

/** The request as the caller sent it, for this model and without our extensions. Its headers are constants and our key. */
export function encodeMedia(settings: ProviderSettings, call: MediaCall): UpstreamRequest {
  if (call.operation === "moderations") {
    return addressed(settings, call, jsonBody(call.request.object, call), false, JSON_TYPE);
  }
  if (call.operation === "audio.speech") return encodeSpeech(settings, call);
  const { request } = call;
  if ("form" in request) return encodeTranscription(settings, call, request);
  const { body, stream } = request;
  const upstreamBody = body.type === "json" ? jsonBody(body.object, call) : formBody(body.form, call);
  return addressed(settings, call, upstreamBody, stream, stream ? EVENT_STREAM_TYPE : JSON_TYPE);
}

/** Events are asked for wherever there are some: usage comes in no other way, and they become plain sound again. */
function encodeSpeech(
  settings: ProviderSettings,
  call: Extract<MediaCall, { operation: "audio.speech" }>,
): UpstreamRequest {
  const { request, upstreamModel } = call;
  const isPlain = SPEAKS_PLAINLY.test(upstreamModel);
  if (isPlain && request.asEvents) throw unsupported("stream_format");
  const body = jsonBody(request.object, call, [["stream_format", isPlain ? null : '"sse"']]);
  return addressed(settings, call, body, true, isPlain ? null : EVENT_STREAM_TYPE);
}

function encodeTranscription(
  settings: ProviderSettings,
  call: MediaCall,
  request: TranscriptionRequest,
): UpstreamRequest {
  const billsDuration = BILLS_DURATION.test(call.upstreamModel);
  // OpenAI ignores the wish here and answers whole, which a client that waits for events cannot read.
  if (request.stream && billsDuration) throw unsupported("stream");
  const format = billsDuration ? "verbose_json" : tokenFormat(request.responseFormat);
  if (billsDuration && request.responseFormat === "diarized_json") throw unsupported("response_format");
  const body = formBody(request.form, call, [["response_format", format]]);
  return addressed(settings, call, body, request.stream, request.stream ? EVENT_STREAM_TYPE : JSON_TYPE);
}

/** Models that are billed by tokens have neither subtitles nor segments, but for the one that tells speakers apart. */
function tokenFormat(format: TranscriptFormat): string {
  if (format === "json" || format === "diarized_json") return format;
  if (format === "text") return "json";
  throw unsupported("response_format");
}

interface Encoded {
  readonly contentType: string;
  readonly body: UpstreamBody;
}

type Edits = readonly (readonly [string, string | null])[];

function jsonBody(object: JsonObjectText, { upstreamModel }: MediaCall, edits: Edits = []): Encoded {
  const own = OWN_MEMBERS.map((name) => [name, null] as const);
  const changes = new Map([...own, ["model", JSON.stringify(upstreamModel)] as const, ...edits]);
  return { contentType: JSON_TYPE, body: spliceMembers(object, changes) };
}

function formBody(form: Parameters<typeof editForm>[0], { upstreamModel }: MediaCall, edits: Edits = []): Encoded {
  return encodeForm(editForm(form, new Map([["model", upstreamModel], ...edits])));
}

function addressed(
  { baseUrl, apiKey }: ProviderSettings,
  { operation }: MediaCall,
  { contentType, body }: Encoded,
  stream: boolean,
  answerType: string | null,
): UpstreamRequest {
  return {
    url: baseUrl + PATHS[operation],
    headers: {
      "content-type": contentType,
      accept: answerType ?? "*/*",
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body,
    stream,
    codec: null,
    answerTypes: answerType === null ? [] : [answerType],
    droppedParams: [],
    dropUsageChunk: false,
  };
}

const unsupported = (param: string): AppError => new AppError("unsupported_parameter", { param, params: { param } });

import type { JsonObjectText } from "../json/scan-object.ts";
import { createMemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { readModel } from "../read-model.ts";
import { createTextTally } from "../text-tally.ts";

/** A request for speech: the caller's own text, and what admission and metering need to know of it. */
export interface SpeechRequest {
  readonly object: JsonObjectText;
  readonly model: string;
  readonly responseFormat: SpeechFormat;
  /** The caller wants events with the sound in base64, not the sound. */
  readonly asEvents: boolean;
  /** Code points of the text, as providers count characters. */
  readonly characters: number;
  /** Null: the voice's own. */
  readonly speed: number | null;
  /** UTF-8 bytes of the text and of the instructions. */
  readonly textBytes: number;
  readonly models: unknown;
  readonly provider: unknown;
  estimateInputTokens(): number;
}

/** By format, the media type of the sound and about how many bytes a second of it takes. Source: OpenAI's API reference; bytes as measured of its voices. */
export const SPEECH_FORMATS = {
  mp3: { mediaType: "audio/mpeg", bytesPerSecond: 16_000 },
  opus: { mediaType: "audio/opus", bytesPerSecond: 8_000 },
  aac: { mediaType: "audio/aac", bytesPerSecond: 16_000 },
  flac: { mediaType: "audio/flac", bytesPerSecond: 24_000 },
  wav: { mediaType: "audio/wav", bytesPerSecond: 48_000 },
  pcm: { mediaType: "audio/pcm", bytesPerSecond: 48_000 },
} as const;

export type SpeechFormat = keyof typeof SPEECH_FORMATS;

const INPUT_MAX_CHARACTERS = 4_096;
const SPEED_LEAST = 0.25;
const SPEED_MOST = 4;
const KNOWN = new Set([
  "model",
  "input",
  "voice",
  "instructions",
  "response_format",
  "speed",
  "stream_format",
  "models",
  "provider",
  "usage",
]);

/** Reads the body of `POST /v1/audio/speech`. Throws AppError `invalid_json` or `invalid_parameter` (with `param`). */
export function parseSpeechRequest(text: string): SpeechRequest {
  const { object, value } = parseBody(text, KNOWN);
  const body = isRecord(value) ? value : {};
  const members = createMemberReader(body, "");
  const model = readModel(members.text("model"));
  const input = members.text("input") ?? "";
  if (input === "") throw invalidParameter("input", "is required and must not be empty.");
  const characters = codePoints(input);
  if (characters > INPUT_MAX_CHARACTERS) {
    throw invalidParameter("input", `is longer than ${INPUT_MAX_CHARACTERS} characters.`);
  }
  const responseFormat = members.text("response_format") ?? "mp3";
  if (!isSpeechFormat(responseFormat)) {
    throw invalidParameter("response_format", `must be one of ${Object.keys(SPEECH_FORMATS).join(", ")}.`);
  }
  const streamFormat = members.text("stream_format") ?? "audio";
  if (streamFormat !== "audio" && streamFormat !== "sse") {
    throw invalidParameter("stream_format", "must be audio or sse.");
  }
  const speed = members.number("speed");
  if (speed !== null && !(speed >= SPEED_LEAST && speed <= SPEED_MOST)) {
    throw invalidParameter("speed", `must be ${SPEED_LEAST} to ${SPEED_MOST}.`);
  }
  const tally = createTextTally();
  tally.add(input);
  tally.add(members.text("instructions") ?? "");
  return {
    object,
    model,
    responseFormat,
    asEvents: streamFormat === "sse",
    characters,
    speed,
    textBytes: tally.bytes(),
    models: body["models"],
    provider: body["provider"],
    estimateInputTokens: () => tally.estimateTokens(),
  };
}

const codePoints = (text: string): number => text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);

const isSpeechFormat = (name: string): name is SpeechFormat => Object.hasOwn(SPEECH_FORMATS, name);

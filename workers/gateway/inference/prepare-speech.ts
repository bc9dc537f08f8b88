import type { UsageUnits } from "#kernel";
import {
  createByteTap,
  createSpeechEventsTap,
  createSpeechSoundTap,
  encodeStreamError,
  parseSpeechRequest,
  SPEECH_FORMATS,
  type SpeechRequest,
} from "#wire";
import { mediaCall } from "./media-call.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** OpenAI: about $0.015 a minute at $12 a million tokens. */
const TOKENS_PER_SECOND = 21;
/** The slowest speech that a character can become: a word of one sign, spoken slowly. */
const SECONDS_PER_CHARACTER_MOST = 0.5;
/** A hundred and fifty words a minute, of six characters with their space. */
const CHARACTERS_PER_SECOND_TYPICAL = 15;
const FRAME_TOKENS = 64;
const EVENTS_TYPE = "text/event-stream";

/** Reads the body of `POST /v1/audio/speech`. Throws AppError for what cannot be read. */
export function prepareSpeech(text: string): PreparedCall {
  const request = parseSpeechRequest(text);
  const { mediaType } = SPEECH_FORMATS[request.responseFormat];
  return mediaCall({
    operation: "audio.speech",
    model: request.model,
    models: request.models,
    provider: request.provider,
    streamed: true,
    media: {
      most: () => mostUnits(request),
      likely: (delivered, aborted) => likelyUnits(request, delivered.textBytes, aborted),
    },
    providerCall: ({ upstreamModel }) => ({ operation: "audio.speech", upstreamModel, request }),
    createTap: (upstream) => {
      if (!upstream.answerTypes.includes(EVENTS_TYPE)) return createByteTap({ characters: request.characters });
      return request.asEvents ? createSpeechEventsTap() : createSpeechSoundTap();
    },
    readAnswer: () => {
      throw new RangeError("speech is always streamed");
    },
    // Sound that breaks off must not look whole, and has no words for why.
    ...(request.asEvents ? {} : { streamType: mediaType }),
    encodeStreamError: (error, requestId) => (request.asEvents ? encodeStreamError(error, requestId) : null),
  });
}

function mostUnits({ characters, textBytes, speed }: SpeechRequest): UsageUnits {
  const seconds = (characters * SECONDS_PER_CHARACTER_MOST) / Math.min(1, speed ?? 1);
  return { characters, input: textBytes + FRAME_TOKENS, audio_out: Math.ceil(seconds * TOKENS_PER_SECOND) };
}

/** Sound by its bytes, and so the characters that were heard of speech that broke off: at least one. */
function likelyUnits(request: SpeechRequest, bytes: number, aborted: boolean): UsageUnits {
  if (bytes === 0 && !aborted) return {};
  const seconds = bytes / SPEECH_FORMATS[request.responseFormat].bytesPerSecond;
  const heard = seconds * CHARACTERS_PER_SECOND_TYPICAL * (request.speed ?? 1);
  return {
    characters: Math.min(request.characters, Math.max(1, Math.floor(heard))),
    input: request.estimateInputTokens(),
    audio_out: Math.min(Math.ceil(seconds * TOKENS_PER_SECOND), mostUnits(request).audio_out ?? 0),
  };
}

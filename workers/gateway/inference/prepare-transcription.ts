import type { Endpoint } from "#catalog";
import type { UsageUnits } from "#kernel";
import {
  createTranscriptTap,
  readTranscript,
  readTranscriptionForm,
  type FormBody,
  type TranscriptionOperation,
  type TranscriptionRequest,
} from "#wire";
import { mediaCall, mediaSummary } from "./media-call.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** Speech below 8 kbit/s is hardly understood by anyone: what a file that says nothing can last at most. */
const BYTES_PER_SECOND_LEAST = 1_000;
/** MP3 at 128 kbit/s, as most files are. */
const BYTES_PER_SECOND_TYPICAL = 16_000;
const MS_PER_SECOND = 1_000;
/** Groq bills no less a call. */
const SECONDS_LEAST = 10;
/** Models that count tokens read no more in one call. Source: OpenAI, "Audio duration is longer than 1500 seconds". */
const TOKEN_MODEL_SECONDS_MAX = 1_500;
const SPEAKER_SAMPLE_SECONDS = 10;
/** OpenAI: 1,000 tokens a minute by its estimates, 600 by its tokenizer. */
const TOKENS_PER_SECOND_MOST = 20;
const TOKENS_PER_SECOND_TYPICAL = 10;
/** The fastest talkers say some five words, or eight tokens, a second. */
const WORD_TOKENS_PER_SECOND_MOST = 8;
const OUTPUT_TOKENS_LEAST = 256;
const BYTES_PER_TOKEN_TYPICAL = 4;

/** Reads the form of `POST /v1/audio/transcriptions` or `/translations`. Throws AppError for what cannot be read. */
export const prepareTranscription =
  (operation: TranscriptionOperation) =>
  (form: FormBody): PreparedCall => {
    const request = readTranscriptionForm(form, operation);
    return mediaCall({
      operation,
      model: request.model,
      models: undefined,
      provider: undefined,
      streamed: request.stream,
      media: {
        most: (endpoint) => mostUnits(request, endpoint),
        likely: (delivered, aborted) =>
          delivered.events === 0 && !aborted ? {} : likelyUnits(request, delivered.textBytes),
      },
      providerCall: ({ upstreamModel }) => ({ operation, upstreamModel, request }),
      createTap: createTranscriptTap,
      readAnswer: (body) => {
        const answer = readTranscript(body.text, request.responseFormat);
        return {
          summary: mediaSummary(answer, answer.end === "complete" ? 1 : 0, answer.textBytes),
          body: answer.body ?? body.bytes,
          contentType: answer.contentType,
        };
      },
    });
  };

function secondsOf({ fileBytes, fileSeconds }: TranscriptionRequest, bytesPerSecond: number): number {
  return Math.ceil(Math.max(SECONDS_LEAST, fileBytes / bytesPerSecond, fileSeconds ?? 0));
}

function mostUnits(request: TranscriptionRequest, { maxOutputTokens }: Endpoint): UsageUnits {
  const seconds = secondsOf(request, BYTES_PER_SECOND_LEAST);
  const tokenSeconds = Math.min(seconds, TOKEN_MODEL_SECONDS_MAX) + request.speakerSamples * SPEAKER_SAMPLE_SECONDS;
  return {
    audio_ms: seconds * MS_PER_SECOND,
    audio_in: tokenSeconds * TOKENS_PER_SECOND_MOST,
    input: request.textBytes,
    output: Math.max(maxOutputTokens ?? OUTPUT_TOKENS_LEAST, tokenSeconds * WORD_TOKENS_PER_SECOND_MOST),
  };
}

function likelyUnits(request: TranscriptionRequest, textBytes: number): UsageUnits {
  const seconds = secondsOf(request, BYTES_PER_SECOND_TYPICAL);
  return {
    audio_ms: seconds * MS_PER_SECOND,
    audio_in: Math.min(seconds, TOKEN_MODEL_SECONDS_MAX) * TOKENS_PER_SECOND_TYPICAL,
    output: Math.ceil(textBytes / BYTES_PER_TOKEN_TYPICAL),
  };
}

import type { FormBody, FormFile } from "../multipart/form.ts";
import { readForm, type FormField, type FormTable } from "../multipart/read-form.ts";
import { invalidParameter } from "../parse-body.ts";
import { readModel } from "../read-model.ts";
import { soundSeconds } from "./sound-seconds.ts";

export type TranscriptionOperation = "audio.transcriptions" | "audio.translations";

/** A request for a transcript or its translation: the caller's form, and what admission, metering and answers need of it. */
export interface TranscriptionRequest {
  readonly operation: TranscriptionOperation;
  readonly form: FormBody;
  readonly model: string;
  readonly responseFormat: TranscriptFormat;
  readonly stream: boolean;
  readonly fileBytes: number;
  /** What the file itself says; null where it says nothing that we read. */
  readonly fileSeconds: number | null;
  /** Samples of known speakers, each up to ten seconds long. */
  readonly speakerSamples: number;
  /** UTF-8 bytes of all texts: the prompt, and words to expect. */
  readonly textBytes: number;
  /** Members that only some models know. */
  readonly named: readonly string[];
}

const FORMATS = ["json", "text", "srt", "vtt", "verbose_json", "diarized_json"] as const;
export type TranscriptFormat = (typeof FORMATS)[number];

/** As much as OpenAI takes. */
export const AUDIO_FILE_MAX_BYTES = 25 * 1024 * 1024;

const TEXT: FormField = { kind: "text", most: 1 };
const list = (most: number): FormField => ({ kind: "text", most });
/** Source: OpenAI's API reference, audio. */
const TRANSLATION_PARTS: FormTable = {
  file: { kind: "file", most: 1 },
  model: TEXT,
  prompt: TEXT,
  response_format: TEXT,
  temperature: TEXT,
};
const TRANSCRIPTION_PARTS: FormTable = {
  ...TRANSLATION_PARTS,
  language: TEXT,
  stream: TEXT,
  languages: list(32),
  keywords: list(32),
  include: list(4),
  timestamp_granularities: list(2),
  chunking_strategy: list(8),
  known_speaker_names: list(4),
  known_speaker_references: list(4),
};

/** Reads the form of `POST /v1/audio/transcriptions` or `/translations`. Throws AppError `invalid_parameter` or `unsupported_parameter`. */
export function readTranscriptionForm(form: FormBody, operation: TranscriptionOperation): TranscriptionRequest {
  const isTranslation = operation === "audio.translations";
  const reader = readForm(form, isTranslation ? TRANSLATION_PARTS : TRANSCRIPTION_PARTS);
  const model = readModel(reader.text("model"));
  const [file] = reader.files("file");
  if (!file) throw invalidParameter("file", "is required and must be a file.");
  checkFile(file);
  const samples = reader.texts("known_speaker_references");
  if (!samples.every((sample) => /^data:/i.test(sample))) {
    throw invalidParameter("known_speaker_references", "must hold data URLs.");
  }
  const responseFormat = reader.text("response_format") ?? "json";
  if (!isFormat(responseFormat) || (isTranslation && responseFormat === "diarized_json")) {
    throw invalidParameter("response_format", `must be one of ${FORMATS.join(", ")}.`);
  }
  if (reader.texts("timestamp_granularities").length > 0 && responseFormat !== "verbose_json") {
    throw invalidParameter("timestamp_granularities", "needs response_format verbose_json.");
  }
  return {
    operation,
    form,
    model,
    responseFormat,
    stream: reader.flag("stream"),
    fileBytes: file.bytes.length,
    fileSeconds: soundSeconds(file.bytes),
    speakerSamples: samples.length,
    textBytes: reader.textBytes,
    named: form.parts.map(({ name }) => name.replace(/\[.*/, "")),
  };
}

function checkFile({ bytes }: FormFile): void {
  if (bytes.length === 0) throw invalidParameter("file", "must not be empty.");
  if (bytes.length > AUDIO_FILE_MAX_BYTES)
    throw invalidParameter("file", `is larger than ${AUDIO_FILE_MAX_BYTES} bytes.`);
}

const isFormat = (name: string): name is TranscriptFormat => FORMATS.some((format) => format === name);

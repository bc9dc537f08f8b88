import type { Directives } from "../../directives.ts";
import { type Answer, type Format, type FormatResult, invalidRequest } from "../../format.ts";
import { SSE } from "../../framing.ts";
import { generateTokens } from "../../text.ts";
import { countTokens } from "../../tokens.ts";
import { type Form, type FormFile, isForm, parseForm } from "../form.ts";
import { wavSeconds } from "./wav.ts";

const FILE_MAX_BYTES = 25 * 1_048_576;
/** For files other than WAV: MP3 at 128 kbit/s. */
const BYTES_PER_SECOND = 16_000;
const WORDS_PER_SECOND = 2;
const WORDS_MAX = 2_000;
const TOKENS_PER_SECOND = 10;
const EXTENSIONS = /\.(?:flac|mp3|mp4|mpeg|mpga|m4a|ogg|wav|webm)$/;
const PARTS = new Set([
  "file",
  "model",
  "prompt",
  "response_format",
  "temperature",
  "language",
  "stream",
  "include",
  "timestamp_granularities",
  "chunking_strategy",
  "known_speaker_names",
  "known_speaker_references",
]);

interface Sound {
  readonly model: string;
  readonly format: string;
  readonly stream: boolean;
  readonly prompt: string;
  readonly seconds: number;
  /** Whisper, which bills by duration, and whose copies name no usage but the duration. */
  readonly byDuration: boolean;
  readonly namesUsage: boolean;
}

const format = (path: string): Format => ({
  path,
  parse: parseForm,
  read: (body, { provider }) => (isForm(body) ? read(body, provider) : refuse("We could not parse your form.", "file")),
});

export const openaiTranscriptions = format("/audio/transcriptions");
export const openaiTranslations = format("/audio/translations");

function read(form: Form, provider: string): FormatResult {
  const unknown = [...form.texts.keys(), ...form.files.keys()].find((name) => !PARTS.has(name.replace(/\[.*/, "")));
  if (unknown !== undefined) return refuse(`Unknown parameter: '${unknown}'.`, unknown);
  const one = (name: string, fallback = "") => form.texts.get(name)?.[0] ?? fallback;
  const twice = [...form.texts].find(([name, values]) => values.length > 1 && !name.includes("["));
  if (twice) return refuse(`Duplicate parameter: '${twice[0]}'.`, twice[0]);
  const [file] = form.files.get("file") ?? [];
  const model = one("model");
  if (!file || file.bytes.length > FILE_MAX_BYTES || !EXTENSIONS.test(file.name)) {
    return refuse("Invalid file format.", "file");
  }
  const byDuration = model.startsWith("whisper");
  const wanted = one("response_format", "json");
  const formats = byDuration ? ["json", "text", "srt", "verbose_json", "vtt"] : ["json", "text", "diarized_json"];
  if (!formats.includes(wanted))
    return refuse(`response_format '${wanted}' is not compatible with model '${model}'.`, "response_format");
  const stream = one("stream") === "true" && !byDuration;
  const namesUsage = provider === "openai";
  return answerWith({
    model,
    format: wanted,
    stream,
    prompt: one("prompt"),
    seconds: secondsOf(file),
    byDuration,
    namesUsage,
  });
}

const secondsOf = ({ bytes }: FormFile): number => wavSeconds(bytes) ?? bytes.length / BYTES_PER_SECOND;

function refuse(message: string, param: string): FormatResult {
  return { ok: false, refusal: invalidRequest(message, param) };
}

function answerWith(sound: Sound): FormatResult {
  return {
    ok: true,
    texts: [sound.prompt],
    promptTokens: Math.ceil(sound.seconds * TOKENS_PER_SECOND),
    answer(directives, seed) {
      const count = Math.min(WORDS_MAX, directives.tokens ?? Math.ceil(sound.seconds * WORDS_PER_SECOND));
      const text = directives.empty ? "" : generateTokens(seed, count).join("").trim();
      const usage = usageOf(sound, text, directives);
      return sound.stream ? streamOf(text, usage) : wholeOf(sound, text, usage);
    },
  };
}

function streamOf(text: string, usage: object): Answer {
  const words = text === "" ? [] : text.split(/(?<= )/);
  const events = [
    ...words.map((delta) => ({ type: "transcript.text.delta", delta })),
    { type: "transcript.text.done", text, ...usage },
  ];
  return { kind: "stream", framing: SSE, render: () => events.map((event) => JSON.stringify(event)) };
}

function wholeOf({ format: wanted, seconds }: Sound, text: string, usage: object): Answer {
  const segment = {
    id: 0,
    seek: 0,
    start: 0,
    end: seconds,
    text: ` ${text}`,
    tokens: [],
    temperature: 0,
    avg_logprob: -0.2,
    compression_ratio: 1,
    no_speech_prob: 0.01,
  };
  if (wanted === "text" || wanted === "srt" || wanted === "vtt") {
    return { kind: "bytes", contentType: "text/plain; charset=utf-8", render: () => [Buffer.from(`${text}\n`)] };
  }
  const speaker = { type: "transcript.text.segment", id: "seg_0", start: 0, end: seconds, speaker: "A", text };
  const body = {
    json: { text, ...usage },
    verbose_json: { task: "transcribe", language: "english", duration: seconds, text, segments: [segment], ...usage },
    diarized_json: { task: "transcribe", duration: seconds, text, segments: [speaker], ...usage },
  }[wanted];
  return { kind: "json", render: () => JSON.stringify(body) };
}

function usageOf(sound: Sound, text: string, directives: Directives): object {
  if (directives.no_usage || !sound.namesUsage) return {};
  if (sound.byDuration)
    return { usage: { type: "duration", seconds: directives.usage_input ?? Math.ceil(sound.seconds) } };
  const audio = directives.usage_input ?? Math.ceil(sound.seconds * TOKENS_PER_SECOND);
  const prompt = countTokens(sound.prompt);
  const output = directives.usage_output ?? countTokens(text);
  return {
    usage: {
      type: "tokens",
      input_tokens: audio + prompt,
      input_token_details: { audio_tokens: audio, text_tokens: prompt },
      output_tokens: output,
      total_tokens: audio + prompt + output,
    },
  };
}

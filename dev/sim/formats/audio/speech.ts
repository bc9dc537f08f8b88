import { z } from "zod";
import { type Format, invalidRequest } from "../../format.ts";
import { SSE } from "../../framing.ts";
import { countTokens } from "../../tokens.ts";
import { makeWav } from "./wav.ts";

const CHARACTERS_PER_SECOND = 15;
const TOKENS_PER_SECOND = 20;
const CHUNK_BYTES = 8_192;
/** Frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz: a header and silence. */
const MP3_FRAME = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]);
const MP3_FRAMES_PER_SECOND = 38;
const TYPES: Readonly<Record<string, string>> = { mp3: "audio/mpeg", wav: "audio/wav", pcm: "audio/pcm" };

const speechRequest = z.strictObject({
  model: z.string().min(1),
  input: z.string().min(1).max(4_096),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string() })]),
  instructions: z.string().optional(),
  response_format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).optional(),
  speed: z.number().min(0.25).max(4).optional(),
  stream_format: z.enum(["sse", "audio"]).optional(),
});

/** OpenAI's speech: sound in pieces, or events with the sound in base64 and usage at their end. */
export const openaiSpeech: Format = {
  path: "/audio/speech",
  read(body) {
    const parsed = speechRequest.safeParse(body);
    if (!parsed.success) {
      const name = String(parsed.error.issues[0]?.path[0] ?? "body");
      return { ok: false, refusal: invalidRequest(`Invalid value for '${name}'.`, name) };
    }
    const { model, input, instructions = "", response_format: format = "mp3", stream_format: kind } = parsed.data;
    if (kind === "sse" && model.startsWith("tts-1")) {
      return {
        ok: false,
        refusal: invalidRequest(`stream_format 'sse' is not supported for ${model}.`, "stream_format"),
      };
    }
    const counted = countTokens(input) + countTokens(instructions);
    return {
      ok: true,
      texts: [input],
      promptTokens: counted,
      answer(directives) {
        const seconds = directives.empty ? 0 : input.length / CHARACTERS_PER_SECOND;
        const pieces = piecesOf(seconds === 0 ? Buffer.alloc(0) : soundOf(format, seconds));
        if (kind !== "sse") {
          return { kind: "bytes", contentType: TYPES[format] ?? `audio/${format}`, render: () => pieces };
        }
        const inputTokens = directives.usage_input ?? counted;
        const outputTokens = directives.usage_output ?? Math.ceil(seconds * TOKENS_PER_SECOND);
        const usage = {
          input_tokens: inputTokens,
          output_tokens: outputTokens,
          total_tokens: inputTokens + outputTokens,
        };
        const deltas = pieces.map((piece) => ({ type: "speech.audio.delta", audio: piece.toString("base64") }));
        const done = { type: "speech.audio.done", ...(directives.no_usage ? {} : { usage }) };
        return { kind: "stream", framing: SSE, render: () => [...deltas, done].map((event) => JSON.stringify(event)) };
      },
    };
  },
};

function soundOf(format: string, seconds: number): Buffer {
  if (format === "wav") return makeWav(seconds);
  if (format === "pcm") return makeWav(seconds).subarray(44);
  return Buffer.concat(Array.from({ length: Math.ceil(seconds * MP3_FRAMES_PER_SECOND) }, () => MP3_FRAME));
}

function piecesOf(sound: Buffer): readonly Buffer[] {
  const count = Math.ceil(sound.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, at) => sound.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES));
}

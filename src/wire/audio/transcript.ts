import type { RawUsage, StreamEnd, StreamTap } from "../events.ts";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { createTypedEventTap } from "../typed-event-tap.ts";
import { utf8Length } from "../utf8-length.ts";
import { formatSubtitles } from "./subtitles.ts";
import type { TranscriptFormat } from "./transcription-request.ts";

export interface TranscriptAnswer {
  readonly end: StreamEnd;
  readonly usage: RawUsage | null;
  /** UTF-8 bytes of the transcript. */
  readonly textBytes: number;
  /** What the caller asked for; null: the provider's own body is that. */
  readonly body: string | null;
  readonly contentType: string;
}

type Json = Readonly<Record<string, unknown>>;

const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain; charset=utf-8";
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const GARBAGE: TranscriptAnswer = { end: "garbage", usage: null, textBytes: 0, body: "", contentType: JSON_TYPE };

/**
 * Reads a provider's JSON answer and says it in the caller's format. Providers are asked for JSON throughout, since plain
 * text and subtitles name no usage.
 */
export function readTranscript(text: string, format: TranscriptFormat): TranscriptAnswer {
  const answer = parseJson(text);
  const words = isRecord(answer) ? answer["text"] : null;
  if (!isRecord(answer) || typeof words !== "string") return GARBAGE;
  const usage = usageOf(answer);
  const read = { end: "complete" as const, usage, textBytes: utf8Length(words) };
  if (format === "text") return { ...read, body: `${words}\n`, contentType: TEXT_TYPE };
  if (format === "srt" || format === "vtt") {
    const body = formatSubtitles(answer["segments"], format);
    return body === null ? GARBAGE : { ...read, body, contentType: TEXT_TYPE };
  }
  // A caller of plain JSON gets nothing of the longer one, which was asked for in its place.
  const isReduced = format === "json" && (answer["segments"] ?? answer["duration"]) !== undefined;
  const body = isReduced ? JSON.stringify({ text: words, ...(usage === null ? {} : { usage }) }) : null;
  return { ...read, body, contentType: JSON_TYPE };
}

/** The usage as OpenAI spells it; where there is none, the duration that longer answers name. */
function usageOf(answer: Json): Json | null {
  if (isRecord(answer["usage"])) return answer["usage"];
  const seconds = answer["duration"];
  return typeof seconds === "number" ? { type: "duration", seconds } : null;
}

/** Watches `transcript.text.*` events on their way. */
export function createTranscriptTap(): StreamTap {
  return createTypedEventTap({
    maxEventBytes: MAX_EVENT_BYTES,
    last: /^transcript\.text\.done$/,
    delivered: (type, event) => (type === "transcript.text.delta" ? utf8Length(textOf(event, "delta")) : null),
  });
}

function textOf(event: JsonObjectText, name: string): string {
  const value = parseJson(memberText(event, name) ?? "null");
  return typeof value === "string" ? value : "";
}

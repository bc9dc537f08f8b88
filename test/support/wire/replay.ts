import { existsSync, readdirSync, readFileSync } from "node:fs";
import {
  createAnswerCollector,
  createSseSource,
  type AnswerEvent,
  type AnswerSummary,
  type EventSource,
  type UpstreamCodec,
} from "#wire";

/** Recorded provider answers live outside the repository; tests that read them are skipped, by name, where they are absent. */
const directory = new URL("../../../../shared/fixtures/", import.meta.url);

export const hasRecordings = existsSync(directory);
if (!hasRecordings) process.stderr.write("../shared/fixtures is absent: tests of recorded answers are skipped\n");

const STREAM_END = ".chunks.txt";

/** The recorded streams of a folder of the fixtures (`anthropic-messages`), as `folder/file`. Empty where there are none. */
export function recordedStreams(folder: string): readonly string[] {
  return recordedFiles(folder).filter((name) => name.endsWith(STREAM_END));
}

/** The recorded whole answers of a folder. */
export function recordedAnswers(folder: string): readonly string[] {
  return recordedFiles(folder).filter((name) => name.endsWith(".json"));
}

function recordedFiles(folder: string): readonly string[] {
  if (!hasRecordings) return [];
  return readdirSync(new URL(`${folder}/`, directory))
    .toSorted()
    .map((file) => `${folder}/${file}`);
}

export function readRecorded(name: string): string {
  return readFileSync(new URL(name, directory), "utf8");
}

/** The events of a recorded stream: one JSON text per line. */
export function recordedEvents(name: string): readonly string[] {
  return readRecorded(name)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

export type Framing = "named" | "data" | "done";

/**
 * Adds the framing that the recordings lack. `named`: events bear their `type` (Anthropic, OpenAI responses); `data`: only
 * data (Gemini); `done`: only data, and `[DONE]` at the end (OpenAI chat).
 */
export function frameEvents(events: readonly string[], framing: Framing, lineEnd = "\n"): Uint8Array<ArrayBuffer> {
  const all = framing === "done" ? [...events, "[DONE]"] : events;
  const text = all.map((data) => {
    const name = framing === "named" ? `event: ${typeOf(data)}${lineEnd}` : "";
    return `${name}data: ${data}${lineEnd}${lineEnd}`;
  });
  return new TextEncoder().encode(text.join(""));
}

function typeOf(data: string): string {
  const parsed: unknown = JSON.parse(data);
  return String(Reflect.get(Object(parsed), "type"));
}

/** Two pieces at every place cost the square of a stream's length; a long one is cut in two at every so-many-th byte. */
const EVERY_SPLIT_MAX_BYTES = 4096;
const LONG_SPLITS = 256;

/** One chunk, byte by byte, and in two pieces at every byte (at evenly spread bytes where the stream is long). */
export function* splitsOf(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const step = bytes.length <= EVERY_SPLIT_MAX_BYTES ? 1 : Math.ceil(bytes.length / LONG_SPLITS);
  for (let at = 1; at < bytes.length; at += step) yield [bytes.subarray(0, at), bytes.subarray(at)];
}

export interface Decoded {
  readonly events: readonly AnswerEvent[];
  readonly summary: AnswerSummary;
}

/** Runs a codec's decoder over the chunks of one stream, as the taps do. `source` frames it; server-sent events by default. */
export function decodeChunks(
  codec: Pick<UpstreamCodec, "createDecoder">,
  chunks: readonly Uint8Array[],
  source: EventSource = createSseSource(),
  choices = 1,
): Decoded {
  const decoder = codec.createDecoder({ choices });
  const collector = createAnswerCollector();
  const events: AnswerEvent[] = [];
  const see = (items: ReturnType<EventSource["push"]>): void => {
    for (const item of items) {
      if (decoder.isOver() || collector.hasFailed()) return;
      if (item.type === "foreign") decoder.seeForeign();
      if (item.type !== "event") continue;
      const seen = decoder.see(item.event);
      collector.add(seen);
      events.push(...seen);
    }
  };
  for (const chunk of chunks) see(source.push(chunk));
  see(source.finish());
  return { events, summary: collector.summary(decoder.end()) };
}

/** What a reader sees of one answer: the same form for events and for what an official SDK made of the same bytes. */
export interface AnswerView {
  readonly text: string;
  readonly reasoning: string;
  /** Arguments parsed, as every SDK gives them in the end; text that is no JSON stays text. */
  readonly tools: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
  readonly finish: string | null;
  readonly usage: unknown;
}

/** Folds the events of one choice into a view. Usage is the last one, as the provider spelt it. */
export function viewOf(events: readonly AnswerEvent[], choice = 0): AnswerView {
  let text = "";
  let reasoning = "";
  let finish: string | null = null;
  let usage: unknown = null;
  const tools: { id: string; name: string; text: string }[] = [];
  for (const event of events) {
    if (event.type === "usage") usage = event.usage;
    if (!("choice" in event) || event.choice !== choice) continue;
    if (event.type === "text") text += event.text;
    else if (event.type === "reasoning") reasoning += event.text;
    else if (event.type === "finish") finish = event.reason;
    else if (event.type === "tool-start") tools[event.index] = { id: event.id, name: event.name, text: "" };
    else if (event.type === "tool-arguments") {
      const tool = tools[event.index];
      if (!tool) throw new Error("arguments of a tool call that has not started");
      tool.text += event.text;
    }
  }
  return {
    text,
    reasoning,
    tools: tools.map((tool) => ({ id: tool.id, name: tool.name, arguments: readArguments(tool.text) })),
    finish,
    usage,
  };
}

/** The arguments of a tool call as a value. None at all means `{}`. */
export function readArguments(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A fetch for an official SDK that answers every request with these bytes. */
export function fetchOf(body: Uint8Array<ArrayBuffer> | string, contentType: string, status = 200): typeof fetch {
  return async () => new Response(body, { status, headers: { "content-type": contentType } });
}

export const EVENT_STREAM = "text/event-stream";
export const JSON_TYPE = "application/json";

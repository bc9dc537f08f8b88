import type { Directives } from "./directives.ts";

/** Framed pieces of an answer, ready for the wire. */
export type Frames = readonly (string | Uint8Array)[];

/** How the JSON of a stream's events is put on the wire. */
export interface Framing {
  readonly contentType: string;
  readonly frame: (events: readonly string[], directives: Directives) => Frames;
  /** Frames a stream that breaks off with an error: without an end marker. By default as any other stream. */
  readonly frameBroken?: Framing["frame"];
}

const EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8";

/** Unnamed events, as Gemini sends them. */
export const SSE: Framing = { contentType: EVENT_STREAM_TYPE, frame: frameEvents };

/** Unnamed events and `data: [DONE]`, as OpenAI's chat completions send them. */
export const SSE_WITH_DONE: Framing = {
  contentType: EVENT_STREAM_TYPE,
  frame: (events, directives) => frameEvents(events, directives, directives.no_done ? null : "[DONE]"),
  frameBroken: frameEvents,
};

/** Events named by the `type` of their JSON, as Anthropic and OpenAI responses send them. */
export const NAMED_SSE: Framing = {
  contentType: EVENT_STREAM_TYPE,
  frame(events, directives) {
    const eol = lineEnd(directives);
    const frames = frameEvents(events, directives);
    return frames.map((frame, at) => {
      const type = /"type":\s*"([^"]+)"/.exec(events[at] ?? "")?.[1];
      return type === undefined ? frame : frame.replace(/^data: /m, `event: ${type}${eol}data: `);
    });
  },
};

/** Puts the event stream's framing around the JSON of each event, and around an end marker. */
export function frameEvents(events: readonly string[], directives: Directives, end: string | null = null): string[] {
  const eol = lineEnd(directives);
  const blank = eol + eol;
  const comment = directives.comments ? `: ping${blank}` : "";
  const frames = events.map((event) => `${comment}data: ${event}${blank}`);
  if (end !== null) frames.push(`data: ${end}${blank}`);
  return frames;
}

function lineEnd(directives: Directives): string {
  if (directives.crlf) return "\r\n";
  return directives.cr ? "\r" : "\n";
}

import type { AnswerEvent } from "./answer-events.ts";
import type { EncoderOptions, StreamCloser, StreamDecoder, TapOptions } from "./codec.ts";
import { createAnswerCollector } from "./collect-answer.ts";
import type { StreamTap } from "./events.ts";
import { createGatedTap, type TapParts } from "./gated-tap.ts";
import { appendJoined } from "./join-views.ts";
import { encodeEvent } from "./sse/encode-event.ts";
import { createSseSource, mostOutputBytes, type SourceItem } from "./sse/event-source.ts";

export interface PassTapOptions {
  readonly decoder: StreamDecoder;
  readonly options: TapOptions;
  /** Writes the cost into the data of an event that carries usage. */
  readonly addCost: (data: string, costUsd: string) => string;
  readonly createCloser: (options: EncoderOptions) => StreamCloser;
}

/** An event that may be handed on, with what it says. */
type Seen = { readonly item: EventItem; readonly said: readonly AnswerEvent[] } | typeof QUIET;
type EventItem = Extract<SourceItem, { type: "event" }>;

/** Stands for a comment. */
const QUIET = Symbol("quiet");

/** A comment without words: what keeps a connection alive is that something comes. */
const KEEP_ALIVE = new Uint8Array([0x3a, 0x0a, 0x0a]);

/**
 * Watches a stream of the caller's own format. Events pass whole and untouched; what may hold an upstream's own words
 * (comments, ids, errors, whatever follows the end) does not (S3).
 */
export function createPassTap(rules: PassTapOptions): StreamTap {
  const { gated, choices } = rules.options;
  return createGatedTap(passage(rules), choices, gated?.gate);
}

function passage({ decoder, options, addCost, createCloser }: PassTapOptions): TapParts<SourceItem, Seen> {
  const source = createSseSource();
  const collector = createAnswerCollector();
  const encoder = new TextEncoder();
  const closer = options.gated ? createCloser(options.gated.encoder) : null;
  let forward: Uint8Array[] = [];
  let isOver = false;
  let isLost = false;

  const hasFailed = (): boolean => isLost || collector.hasFailed();
  const bytesOf = ({ event, slice }: EventItem, said: readonly AnswerEvent[]): Uint8Array => {
    const cost = costIn(said, options);
    if (cost !== null) return encoder.encode(encodeEvent(addCost(event.data, cost), event.event));
    return slice ?? encoder.encode(encodeEvent(event.data, event.event));
  };

  return {
    split: (chunk) => source.push(chunk),
    rest: () => source.finish(),
    overflowed: () => source.overflowed(),
    lose() {
      decoder.seeForeign();
      isLost = true;
    },
    mostBytes: mostOutputBytes,
    see(item) {
      if (item.type === "quiet") return QUIET;
      if (item.type === "foreign") {
        decoder.seeForeign();
        return null;
      }
      const said = decoder.see(item.event);
      collector.add(said);
      return collector.hasFailed() ? null : { item, said };
    },
    handOn(seen) {
      if (seen === QUIET) {
        appendJoined(forward, KEEP_ALIVE.slice());
        return;
      }
      const { item, said } = seen;
      isOver = decoder.isOver();
      closer?.see(item.event, said);
      appendJoined(forward, bytesOf(item, said));
    },
    isOver: () => isOver || hasFailed(),
    hasFailed,
    tokensAtMost: () => collector.tokensAtMost(),
    summary: () => collector.summary(decoder.end()),
    flush() {
      const flushed = forward;
      forward = [];
      return flushed;
    },
    // Its end came as one of its events, or not at all.
    end: () => undefined,
    close(ending) {
      isOver = true;
      return closer?.close(ending) ?? "";
    },
  };
}

function costIn(events: readonly AnswerEvent[], { addCost }: TapOptions): string | null {
  if (!addCost) return null;
  const last = events.findLast((event) => event.type === "usage");
  return last ? addCost(last.usage) : null;
}

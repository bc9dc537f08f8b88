import type { AnswerEvent } from "./answer-events.ts";
import type { StreamDecoder, TapOptions } from "./codec.ts";
import { createAnswerCollector } from "./collect-answer.ts";
import type { StreamTap } from "./events.ts";
import { appendJoined } from "./join-views.ts";
import { encodeEvent } from "./sse/encode-event.ts";
import { createSseSource, type SourceItem } from "./sse/event-source.ts";

export interface PassTapOptions {
  readonly decoder: StreamDecoder;
  readonly options: TapOptions;
  /** Writes the cost into the data of an event that carries usage. */
  readonly addCost: (data: string, costUsd: string) => string;
}

/** A comment without words: what keeps a connection alive is that something comes. */
const KEEP_ALIVE = new Uint8Array([0x3a, 0x0a, 0x0a]);

/**
 * Watches a stream of the caller's own format. Events pass whole and untouched; what may hold an upstream's own words
 * (comments, ids, errors, whatever follows the end) does not (S3).
 */
export function createPassTap({ decoder, options, addCost }: PassTapOptions): StreamTap {
  const source = createSseSource();
  const collector = createAnswerCollector();
  const encoder = new TextEncoder();
  let isOver = false;

  const pass = (item: SourceItem): Uint8Array | null => {
    if (item.type === "quiet") return KEEP_ALIVE.slice();
    if (item.type === "foreign") {
      decoder.seeForeign();
      return null;
    }
    const events = decoder.see(item.event);
    collector.add(events);
    if (collector.hasFailed()) return null;
    isOver = decoder.isOver();
    const cost = costIn(events, options);
    if (cost !== null) return encoder.encode(encodeEvent(addCost(item.event.data, cost), item.event.event));
    return item.slice ?? encoder.encode(encodeEvent(item.event.data, item.event.event));
  };

  const passAll = (items: readonly SourceItem[]): Uint8Array[] => {
    const forward: Uint8Array[] = [];
    for (const item of items) {
      if (isOver || collector.hasFailed()) break;
      const passed = pass(item);
      if (passed) appendJoined(forward, passed);
    }
    return forward;
  };

  return {
    push(chunk) {
      if (isOver || collector.hasFailed()) return { forward: [], stop: collector.hasFailed() };
      const forward = passAll(source.push(chunk));
      if (source.overflowed() && !isOver) decoder.seeForeign();
      return { forward, stop: collector.hasFailed() || (source.overflowed() && !isOver) };
    },
    snapshot: () => collector.summary(decoder.end()),
    finish() {
      const forward = isOver || collector.hasFailed() ? [] : passAll(source.finish());
      return { forward, summary: collector.summary(decoder.end()) };
    },
  };
}

function costIn(events: readonly AnswerEvent[], { addCost }: TapOptions): string | null {
  if (!addCost) return null;
  const last = events.findLast((event) => event.type === "usage");
  return last ? addCost(last.usage) : null;
}

import type { SourceEvent } from "../codec.ts";
import { createSliceParser } from "./parse-event.ts";
import { createEventSplitter } from "./split-events.ts";

/** One item of an upstream's stream. `slice` is set where its bytes may be passed on as they are. */
export type SourceItem =
  | { readonly type: "event"; readonly event: SourceEvent; readonly slice: Uint8Array | null }
  /** A comment, a bare field: nothing but a sign of life. */
  | { readonly type: "quiet" }
  /** Text that no field begins: an HTML page, a proxy's words. */
  | { readonly type: "foreign" };

/** Cuts an upstream's bytes into events, whatever frames them. One per stream. */
export interface EventSource {
  push(chunk: Uint8Array): readonly SourceItem[];
  /** Call once, when the upstream has ended. */
  finish(): readonly SourceItem[];
  /** True once an event exceeded its bound: nothing that follows can be read. */
  overflowed(): boolean;
}

/** UTF-8 bytes per unit of a JSON text at most: none of its spellings of a character is shorter than the character. */
const BYTES_PER_CHARACTER_MAX = 3;

/** No more bytes of output than this are in an item. */
export function mostOutputBytes(item: SourceItem): number {
  return item.type === "event" ? item.event.data.length * BYTES_PER_CHARACTER_MAX : 0;
}

const BLANK_LINE = new Uint8Array([0x0a, 0x0a]);

/** Server-sent events, of a bounded length each. Bytes pass as they are only where nothing but data and a safe event name stands in them (S3). */
export function createSseSource(maxPartialBytes?: number): EventSource {
  const splitter = createEventSplitter(maxPartialBytes);
  const parse = createSliceParser();
  const read = (slice: Uint8Array): SourceItem => {
    const parsed = parse(slice);
    if (parsed.type !== "event") return { type: parsed.type };
    return {
      type: "event",
      event: { data: parsed.data, event: parsed.event },
      slice: parsed.isPlain ? slice : null,
    };
  };
  return {
    push: (chunk) => splitter.push(chunk).map(read),
    finish() {
      const rest = splitter.finish();
      if (!rest) return [];
      // Some upstreams end without the last blank line; an event that parses is whole, a torn one cannot.
      return [read(rest.isWhole ? rest.slice : withBlankLine(rest.slice))];
    },
    overflowed: () => splitter.overflowed(),
  };
}

function withBlankLine(slice: Uint8Array): Uint8Array {
  const whole = new Uint8Array(slice.length + BLANK_LINE.length);
  whole.set(slice);
  whole.set(BLANK_LINE, slice.length);
  return whole;
}

import { createParser, type EventSourceMessage } from "eventsource-parser";
import { hasOnlyData, isSafeEventName } from "./has-only-data.ts";

/**
 * What one slice of a stream holds. `quiet` is no event: a comment, a bare field. `foreign` is text that no SSE field
 * begins: an HTML page, a proxy's words.
 */
export type ParsedSlice =
  | {
      readonly type: "event";
      readonly data: string;
      /** Its name, where that can hold no text of an upstream's. */
      readonly event: string | undefined;
      /** Nothing but data and such a name stands in the slice, so that it may be passed on as it is. */
      readonly isPlain: boolean;
    }
  | { readonly type: "quiet"; readonly isPlain: boolean }
  | { readonly type: "foreign" };

const BYTE_ORDER_MARK = "\uFEFF";

/** Parses the slices of one stream in order. A slice from the splitter holds at most one event. */
export function createSliceParser(): (slice: Uint8Array) => ParsedSlice {
  // The parser itself handles a byte order mark at the start of the stream, and only there.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: false });
  const events: EventSourceMessage[] = [];
  const foreign: string[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onError: (error) => {
      if (error.type === "unknown-field") foreign.push(error.type);
    },
  });
  let isFirst = true;
  return (slice) => {
    events.length = 0;
    foreign.length = 0;
    const text = decoder.decode(slice);
    parser.feed(text);
    const lines = isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    isFirst = false;
    if (foreign.length > 0 && events.length === 0) return { type: "foreign" };
    const isPlain = hasOnlyData(lines);
    const [event] = events;
    if (!event) return { type: "quiet", isPlain };
    const name = event.event !== undefined && isSafeEventName(event.event) ? event.event : undefined;
    return { type: "event", data: event.data, event: name, isPlain };
  };
}

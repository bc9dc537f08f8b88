import { createParser, type EventSourceMessage } from "eventsource-parser";

/** What one slice of a stream holds. `foreign` is text that no SSE field begins: an HTML page, a proxy's words. */
export type ParsedSlice =
  | { readonly type: "event"; readonly event: EventSourceMessage }
  | { readonly type: "quiet" }
  | { readonly type: "foreign" };

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
  return (slice) => {
    events.length = 0;
    foreign.length = 0;
    parser.feed(decoder.decode(slice));
    const [event] = events;
    if (event) return { type: "event", event };
    return { type: foreign.length > 0 ? "foreign" : "quiet" };
  };
}

import type { EncoderOptions, StreamEncoder } from "../codec.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import type { StreamEvent } from "./stream-events.ts";
import { createEventWriter } from "./write-events.ts";

/** An answer as a stream of `POST /v1/messages`: named events, `message_stop` last. */
export function createEncoder(options: EncoderOptions): StreamEncoder {
  const writer = createEventWriter(options);
  return {
    encode: (event) => frame(writer.write(event)),
    finish: () => frame(writer.finish()),
    cut: () => frame(writer.finish().filter(({ type }) => type !== "message_stop")),
  };
}

function frame(events: readonly StreamEvent[]): string {
  return events.map((event) => encodeEvent(JSON.stringify(event), event.type)).join("");
}

import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { Framing } from "../../framing.ts";

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8")),
  (text) => Buffer.from(text),
);

/**
 * AWS's event stream: binary messages with headers and checksums. An event's JSON is an object of one member, whose name
 * is the event's; a name that ends in `Exception` makes it an exception.
 */
export const AWS_EVENT_STREAM: Framing = {
  contentType: "application/vnd.amazon.eventstream",
  frame: (events) => events.map(encodeEvent),
};

function encodeEvent(event: string): Uint8Array {
  const colon = event.indexOf(":");
  const name = event.slice(2, colon - 1);
  const payload = event.slice(colon + 1, -1);
  const isException = name.endsWith("Exception");
  return codec.encode({
    headers: {
      [isException ? ":exception-type" : ":event-type"]: text(name),
      ":content-type": text("application/json"),
      ":message-type": text(isException ? "exception" : "event"),
    },
    body: Buffer.from(payload),
  });
}

const text = (value: string) => ({ type: "string" as const, value });

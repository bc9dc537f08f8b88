import { EventStreamCodec } from "@smithy/eventstream-codec";

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

/** One frame of the AWS event stream. `kind` names the header: an event's or an exception's type. */
export function awsFrame(name: string, value: unknown, kind: "event" | "exception" = "event"): Uint8Array {
  const text = (header: string) => ({ type: "string" as const, value: header });
  return codec.encode({
    headers: {
      [`:${kind}-type`]: text(name),
      ":content-type": text("application/json"),
      ":message-type": text(kind),
    },
    body: new TextEncoder().encode(JSON.stringify(value)),
  });
}

/** Frames of events as `{ name: value }` each. */
export function awsFrames(events: readonly object[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat(events.flatMap((event) => Object.entries(event).map(([name, value]) => awsFrame(name, value)))),
  );
}

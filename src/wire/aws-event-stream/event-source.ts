import { EventStreamCodec } from "@smithy/eventstream-codec";
import type { EventSource, SourceItem } from "../sse/event-source.ts";

/** The longest frame that is read. AWS allows 16 MiB of payload; the events of an answer are small, but one may hold a picture. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Total length, headers' length and their checksum stand before the rest. */
const PRELUDE_BYTES = 12;
/** A prelude and the checksum of the whole. */
const FRAME_MINIMUM_BYTES = PRELUDE_BYTES + 4;

/**
 * Cuts the AWS event stream (`application/vnd.amazon.eventstream`) into events: the name is the event's or exception's
 * type, the data its JSON. A frame whose checksums do not hold is foreign.
 */
export function createAwsEventSource(maxFrameBytes = MAX_FRAME_BYTES): EventSource {
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)),
    (text) => new TextEncoder().encode(text),
  );
  let held = new Uint8Array(0);
  let hasOverflowed = false;

  const read = (frame: Uint8Array): SourceItem => {
    try {
      const { headers, body } = codec.decode(frame);
      const name = headers[":event-type"]?.value ?? headers[":exception-type"]?.value;
      const data = new TextDecoder().decode(body);
      return { type: "event", event: { data, event: typeof name === "string" ? name : undefined }, slice: null };
    } catch {
      return { type: "foreign" };
    }
  };

  return {
    push(chunk) {
      if (hasOverflowed) return [];
      held = held.length === 0 ? chunk.slice() : concat(held, chunk);
      const items: SourceItem[] = [];
      let at = 0;
      while (held.length - at >= PRELUDE_BYTES) {
        const length = new DataView(held.buffer, held.byteOffset + at).getUint32(0);
        if (length < FRAME_MINIMUM_BYTES || length > maxFrameBytes) {
          hasOverflowed = true;
          break;
        }
        if (held.length - at < length) break;
        items.push(read(held.subarray(at, at + length)));
        at += length;
      }
      held = hasOverflowed ? new Uint8Array(0) : held.subarray(at);
      return items;
    },
    finish: () => (held.length === 0 ? [] : [{ type: "foreign" }]),
    overflowed: () => hasOverflowed,
  };
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}

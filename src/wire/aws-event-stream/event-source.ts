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
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  /** Until so many bytes are here nothing is joined: a long frame is copied once, not once for each of its chunks. */
  let wantedBytes = PRELUDE_BYTES;
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

  /** Takes what is held, cut into whole frames; keeps the rest. */
  const cut = (): readonly SourceItem[] => {
    const bytes = joined(held, heldBytes);
    const items: SourceItem[] = [];
    let at = 0;
    wantedBytes = PRELUDE_BYTES;
    while (bytes.length - at >= PRELUDE_BYTES) {
      const length = new DataView(bytes.buffer, at).getUint32(0);
      hasOverflowed = length < FRAME_MINIMUM_BYTES || length > maxFrameBytes;
      if (hasOverflowed) break;
      if (bytes.length - at < length) {
        wantedBytes = length;
        break;
      }
      items.push(read(bytes.subarray(at, at + length)));
      at += length;
    }
    held = hasOverflowed ? [] : [bytes.subarray(at)];
    heldBytes = hasOverflowed ? 0 : bytes.length - at;
    return items;
  };

  return {
    push(chunk) {
      if (hasOverflowed || chunk.length === 0) return [];
      held.push(chunk.slice());
      heldBytes += chunk.length;
      return heldBytes < wantedBytes ? [] : cut();
    },
    finish: () => (heldBytes === 0 ? [] : [{ type: "foreign" }]),
    overflowed: () => hasOverflowed,
  };
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

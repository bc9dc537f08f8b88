/** The longest event whose end has not come; a stream that exceeds it is not one we can meter. */
export const MAX_PARTIAL_EVENT_BYTES = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Cuts a byte stream after each blank line. The slices, joined, are the stream. */
export interface EventSplitter {
  /** The slices that this chunk completed: views of the chunk where they lie in it whole. */
  push(chunk: Uint8Array): readonly Uint8Array[];
  /** True once a partial event exceeded its bound. It was let go, and what follows in the stream is ignored. */
  overflowed(): boolean;
  /** What is left when the stream ends, null when nothing is. It is whole where its blank line ended in a CR. */
  finish(): { readonly slice: Uint8Array; readonly isWhole: boolean } | null;
}

/**
 * Finds event boundaries in server-sent events over any chunking, with LF, CRLF or CR lines; it reads nothing else
 * (`eventsource-parser` parses). A CR that ends a chunk waits for the next byte, so slices never depend on the chunking.
 * Source: HTML Living Standard 9.2.6.
 */
export function createEventSplitter(maxPartialBytes = MAX_PARTIAL_EVENT_BYTES): EventSplitter {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  /** True while the current line has no byte yet; the stream starts inside an event, not at its end. */
  let lineIsEmpty = true;
  let crIsPending = false;
  let hasOverflowed = false;

  const takeHeld = (tail: Uint8Array): Uint8Array => {
    if (heldBytes === 0) return tail;
    if (tail.length > 0) held.push(tail);
    const whole = held.length === 1 && held[0] ? held[0] : concat(held, heldBytes + tail.length);
    held.length = 0;
    heldBytes = 0;
    return whole;
  };

  const hold = (rest: Uint8Array): void => {
    if (rest.length === 0) return;
    heldBytes += rest.length;
    held.push(rest);
    if (heldBytes <= maxPartialBytes) return;
    hasOverflowed = true;
    held.length = 0;
    heldBytes = 0;
  };

  return {
    push(chunk) {
      const slices: Uint8Array[] = [];
      if (hasOverflowed) return slices;
      let start = 0;
      let from = 0;
      const endLine = (end: number): void => {
        if (lineIsEmpty) {
          slices.push(takeHeld(chunk.subarray(start, end)));
          start = end;
        }
        lineIsEmpty = true;
        from = end;
      };
      if (crIsPending && chunk.length > 0) {
        crIsPending = false;
        endLine(chunk[0] === LF ? 1 : 0);
      }
      // Both places are kept until they are passed: looking for either anew at each line would be quadratic.
      let nextCr = chunk.indexOf(CR, from);
      let nextLf = chunk.indexOf(LF, from);
      while (from < chunk.length) {
        if (nextCr >= 0 && nextCr < from) nextCr = chunk.indexOf(CR, from);
        if (nextLf >= 0 && nextLf < from) nextLf = chunk.indexOf(LF, from);
        const isCr = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf);
        const at = isCr ? nextCr : nextLf;
        if (at !== from) lineIsEmpty = false;
        if (at < 0) break;
        if (isCr && at + 1 === chunk.length) {
          crIsPending = true;
          break;
        }
        endLine(isCr && chunk[at + 1] === LF ? at + 2 : at + 1);
      }
      hold(start === 0 ? chunk : chunk.subarray(start));
      return slices;
    },
    overflowed: () => hasOverflowed,
    finish() {
      const isWhole = crIsPending && lineIsEmpty;
      return heldBytes === 0 ? null : { slice: takeHeld(new Uint8Array(0)), isWhole };
    },
  };
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

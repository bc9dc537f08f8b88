import type { TapOptions } from "../codec.ts";
import type { StreamTap } from "../events.ts";
import { createGatedTap, type TapParts } from "../gated-tap.ts";
import { appendJoined } from "../join-views.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { createSliceParser } from "../sse/parse-event.ts";
import { createEventSplitter } from "../sse/split-events.ts";
import { addUsageCost } from "./add-usage-cost.ts";
import { createCloser } from "./close-stream.ts";
import { createChatObserver, DONE } from "./observe-stream.ts";

/** A stream without `[DONE]` is complete when `choices` have finished. */
export type ChatTapOptions = TapOptions;

const BLANK_LINE = new Uint8Array([0x0a, 0x0a]);
/** A comment without words: what keeps a connection alive is that something comes. */
const KEEP_ALIVE = new Uint8Array([0x3a, 0x0a, 0x0a]);

/**
 * Watches an OpenAI chat stream. Events pass untouched and whole: a torn one helps no client, an error of ours may follow
 * at any moment, and an upstream's own text must be seen before it is sent (S3): its comments, ids and unknown fields are
 * left out, and nothing passes after `[DONE]`. Usage is the last seen.
 */
export function createChatStreamTap(options: ChatTapOptions): StreamTap {
  return createGatedTap(chatPassage(options), options.choices, options.gated?.gate);
}

function chatPassage({ choices, dropUsageChunk, addCost, gated }: ChatTapOptions): TapParts<Uint8Array, Uint8Array> {
  const splitter = createEventSplitter();
  const parse = createSliceParser();
  const encoder = new TextEncoder();
  const observer = createChatObserver(choices);
  const closer = gated ? createCloser(gated.encoder) : null;
  let forward: Uint8Array[] = [];
  let hasFailed = false;
  let isDone = false;

  return {
    split: (chunk) => splitter.push(chunk),
    rest() {
      const rest = splitter.finish();
      // Some upstreams end without the last blank line; an event that parses is whole, a torn one cannot.
      return rest ? [rest.isWhole ? rest.slice : concat(rest.slice, BLANK_LINE)] : [];
    },
    overflowed: () => splitter.overflowed(),
    lose() {
      observer.seeForeign();
      hasFailed = true;
    },
    mostBytes: (slice) => slice.length,
    /** Returns what to send on for one slice: itself, a rewritten event, or nothing. */
    see(slice) {
      const parsed = parse(slice);
      if (parsed.type === "quiet") return parsed.isPlain ? slice : KEEP_ALIVE.slice();
      if (parsed.type === "foreign") {
        observer.seeForeign();
        return null;
      }
      const { data, event, isPlain } = parsed;
      const seen = observer.see(data);
      if (seen.type === "done") {
        isDone = true;
        return isPlain && data === DONE ? slice : encoder.encode(encodeEvent(DONE));
      }
      if (seen.type === "error") hasFailed = true;
      if (seen.type !== "answer" || (seen.isUsageOnly && dropUsageChunk)) return null;
      closer?.see(data);
      const cost = seen.usage && addCost ? addCost(seen.usage) : null;
      if (cost !== null) return encoder.encode(encodeEvent(addUsageCost(data, cost), event));
      return isPlain ? slice : encoder.encode(encodeEvent(data, event));
    },
    handOn: (passed) => appendJoined(forward, passed),
    isOver: () => isDone || hasFailed,
    hasFailed: () => hasFailed,
    tokensAtMost: () => observer.tokensAtMost(),
    summary: () => observer.summary(),
    flush() {
      const flushed = forward;
      forward = [];
      return flushed;
    },
    // Its end came as one of its events, or not at all.
    end: () => undefined,
    close(ending) {
      isDone = true;
      return closer?.close(ending) ?? "";
    },
  };
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}

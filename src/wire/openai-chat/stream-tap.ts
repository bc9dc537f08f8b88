import type { TapOptions } from "../codec.ts";
import type { StreamTap } from "../events.ts";
import { appendJoined } from "../join-views.ts";
import { encodeEvent } from "../sse/encode-event.ts";
import { createSliceParser } from "../sse/parse-event.ts";
import { createEventSplitter } from "../sse/split-events.ts";
import { addUsageCost } from "./add-usage-cost.ts";
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
  const splitter = createEventSplitter();
  const parse = createSliceParser();
  const encoder = new TextEncoder();
  const observer = createChatObserver(options.choices);
  let hasFailed = false;
  let isDone = false;

  /** Returns what to send on for one slice: itself, a rewritten event, or nothing. */
  const pass = (slice: Uint8Array): Uint8Array | null => {
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
    if (seen.type !== "answer" || (seen.isUsageOnly && options.dropUsageChunk)) return null;
    const cost = seen.usage && options.addCost ? options.addCost(seen.usage) : null;
    if (cost !== null) return encoder.encode(encodeEvent(addUsageCost(data, cost), event));
    return isPlain ? slice : encoder.encode(encodeEvent(data, event));
  };

  const passAll = (slices: readonly Uint8Array[]): Uint8Array[] => {
    const forward: Uint8Array[] = [];
    for (const slice of slices) {
      if (isDone) break;
      const passed = pass(slice);
      if (hasFailed) break;
      if (passed) appendJoined(forward, passed);
    }
    return forward;
  };

  return {
    push(chunk) {
      if (hasFailed) return { forward: [], stop: true };
      if (isDone) return { forward: [], stop: false };
      const forward = passAll(splitter.push(chunk));
      if (!isDone && splitter.overflowed()) {
        observer.seeForeign();
        hasFailed = true;
      }
      return { forward, stop: hasFailed };
    },
    snapshot: () => observer.summary(),
    finish() {
      const rest = hasFailed || isDone ? null : splitter.finish();
      // Some upstreams end without the last blank line; an event that parses is whole, a torn one cannot.
      const forward = rest ? passAll([rest.isWhole ? rest.slice : concat(rest.slice, BLANK_LINE)]) : [];
      return { forward, summary: observer.summary() };
    },
  };
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}

import type { AnswerSummary, RawUsage, StreamTap } from "../events.ts";
import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { parseJson } from "../parse-json.ts";
import { createTypedEventTap } from "../typed-event-tap.ts";

/** A second of uncompressed sound is 64 kB in base64; events hold parts of one. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const LAST = /^speech\.audio\.done$/;

/** Watches `speech.audio.*` events on their way. What is delivered are bytes of sound. */
export function createSpeechEventsTap(): StreamTap {
  return createTypedEventTap({ maxEventBytes: MAX_EVENT_BYTES, last: LAST, delivered: soundBytes });
}

/** Turns `speech.audio.*` events into the sound alone: only they carry usage, and most callers want no events. */
export function createSpeechSoundTap(): StreamTap {
  return createTypedEventTap({
    maxEventBytes: MAX_EVENT_BYTES,
    last: LAST,
    delivered: soundBytes,
    translate: (type, event) => (type === "speech.audio.delta" ? decodeBase64(base64Of(event)) : null),
  });
}

/** Passes sound as it comes. It has no end of its own: the connection's is it. `usage` is what the request itself says, and true of the whole alone. */
export function createByteTap(usage: RawUsage): StreamTap {
  let bytes = 0;
  let chunks = 0;
  let isOver = false;
  const snapshot = (): AnswerSummary => ({
    end: isOver ? "complete" : "interrupted",
    usage: isOver ? usage : null,
    finishReasons: [],
    delivered: { events: chunks, textBytes: bytes, toolBytes: 0, outputTokens: 0, reasoningTokens: 0 },
    error: null,
  });
  return {
    push(chunk) {
      bytes += chunk.length;
      chunks += 1;
      return { forward: [chunk], stop: false };
    },
    snapshot,
    finish(isWhole = true) {
      isOver = isWhole && bytes > 0;
      return { forward: [], summary: snapshot() };
    },
  };
}

function soundBytes(type: string, event: JsonObjectText): number | null {
  if (type !== "speech.audio.delta") return null;
  return Math.floor((base64Of(event).length * 3) / 4);
}

function base64Of(event: JsonObjectText): string {
  const value = parseJson(memberText(event, "audio") ?? "null");
  return typeof value === "string" ? value : "";
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

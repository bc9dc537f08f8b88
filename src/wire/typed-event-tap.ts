import type { AnswerSummary, InBandError, RawUsage, StreamTap } from "./events.ts";
import { appendJoined } from "./join-views.ts";
import { memberText, scanObject, type JsonObjectText } from "./json/scan-object.ts";
import { isRecord } from "./parse-body.ts";
import { parseJson } from "./parse-json.ts";
import { safeToken } from "./safe-token.ts";
import { encodeEvent } from "./sse/encode-event.ts";
import { createSseSource, type SourceItem } from "./sse/event-source.ts";

/** A stream of OpenAI's whose events name their own type: pictures, transcripts, speech. */
export interface TypedEvents {
  /** The longest event; a picture in base64 is one. */
  readonly maxEventBytes: number;
  /** The type of the event that ends the stream and carries its usage. */
  readonly last: RegExp;
  /** UTF-8 bytes of output that an event gives the caller; null: none, and it does not count as a delivery. */
  readonly delivered: (type: string, event: JsonObjectText) => number | null;
  /** What the caller is given of an event, where that is not the event. */
  readonly translate?: (type: string, event: JsonObjectText) => Uint8Array | null;
}

const KEEP_ALIVE = new Uint8Array([0x3a, 0x0a, 0x0a]);
const DONE = "[DONE]";

/** Watches such a stream. Only whole events pass, and of an upstream's own words none (S3). */
export function createTypedEventTap(rules: TypedEvents): StreamTap {
  return new TypedEventTap(rules);
}

class TypedEventTap implements StreamTap {
  readonly #rules: TypedEvents;
  readonly #source;
  #usage: RawUsage | null = null;
  #error: InBandError | null = null;
  #events = 0;
  #bytes = 0;
  #isOver = false;
  #isForeign = false;

  constructor(rules: TypedEvents) {
    this.#rules = rules;
    this.#source = createSseSource(rules.maxEventBytes);
  }

  push(chunk: Uint8Array) {
    const forward = this.#passAll(this.#source.push(chunk));
    if (this.#source.overflowed() && !this.#isOver) this.#isForeign = true;
    return { forward, stop: this.#error !== null || (this.#isForeign && !this.#isOver && this.#events === 0) };
  }

  finish() {
    const forward = this.#passAll(this.#source.finish());
    return { forward, summary: this.snapshot() };
  }

  snapshot(): AnswerSummary {
    const broken = this.#isForeign && this.#events === 0 ? "garbage" : "interrupted";
    return {
      end: this.#isOver && this.#error === null ? "complete" : broken,
      usage: this.#usage,
      finishReasons: [],
      delivered: {
        events: this.#events,
        textBytes: this.#bytes,
        toolBytes: 0,
        outputTokens: 0,
        reasoningTokens: 0,
      },
      error: this.#error,
    };
  }

  #passAll(items: readonly SourceItem[]): readonly Uint8Array[] {
    const forward: Uint8Array[] = [];
    for (const item of items) {
      if (this.#error !== null) break;
      const passed = this.#pass(item);
      if (passed !== null && passed.length > 0) appendJoined(forward, passed);
    }
    return forward;
  }

  #pass(item: SourceItem): Uint8Array | null {
    const { translate } = this.#rules;
    if (item.type === "foreign") {
      this.#isForeign = true;
      return null;
    }
    if (item.type === "quiet") return translate ? null : KEEP_ALIVE.slice();
    const { data, event: name } = item.event;
    const asItCame = (): Uint8Array => item.slice ?? new TextEncoder().encode(encodeEvent(data, name));
    if (data === DONE) return translate ? null : asItCame();
    // Whatever follows the end is not the answer's.
    if (this.#isOver) return null;
    const event = scanObject(data);
    if (!event) {
      this.#isForeign = true;
      return null;
    }
    const type = this.#see(event);
    if (this.#error !== null) return null;
    return translate ? translate(type, event) : asItCame();
  }

  #see(event: JsonObjectText): string {
    const value = parseJson(memberText(event, "type") ?? "null");
    const type = typeof value === "string" ? value : "";
    const error = parseJson(memberText(event, "error") ?? "null");
    if (type === "error" || isRecord(error)) {
      const fields = isRecord(error) ? error : {};
      this.#error = { code: safeToken(fields["code"]), type: safeToken(fields["type"]) };
      return type;
    }
    const bytes = this.#rules.delivered(type, event);
    if (bytes !== null) {
      this.#events += 1;
      this.#bytes += bytes;
    }
    if (this.#rules.last.test(type)) {
      this.#isOver = true;
      const usage = parseJson(memberText(event, "usage") ?? "null");
      if (isRecord(usage)) this.#usage = usage;
    }
    return type;
  }
}

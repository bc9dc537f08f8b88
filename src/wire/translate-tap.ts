import type { UsageUnits } from "#kernel";
import type { AnswerEvent, EncodableEvent } from "./answer-events.ts";
import type { StreamDecoder, StreamEncoder } from "./codec.ts";
import { createAnswerCollector } from "./collect-answer.ts";
import type { Gate, RawUsage, StreamTap } from "./events.ts";
import { createGatedTap, type TapParts } from "./gated-tap.ts";
import { mostOutputBytes, type EventSource, type SourceItem } from "./sse/event-source.ts";

export interface TranslateTapOptions {
  readonly source: EventSource;
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly meter: Meter;
  /** How many answers the request asked for. */
  readonly choices: number;
  readonly gate?: Gate | undefined;
}

/** How the gateway reads and prices a provider's usage; null where it cannot be trusted. */
export interface Meter {
  units(usage: RawUsage): UsageUnits | null;
  /** USD with nine decimals; null where the caller did not ask for it. */
  costUsd(usage: RawUsage): string | null;
}

const KEEP_ALIVE = ":\n\n";
/** Stands for a comment: no events, but a sign of life. */
const QUIET: readonly AnswerEvent[] = [];

/**
 * Translates an upstream's stream into the caller's format as it passes: decode, encode, nothing kept. The caller gets
 * no end until the upstream's own came; a stream that breaks off is ended by the relay, with an error in the same format.
 */
export function createTranslateTap(options: TranslateTapOptions): StreamTap {
  return createGatedTap(translation(options), options.choices, options.gate);
}

function translation({
  source,
  decoder,
  encoder,
  meter,
}: TranslateTapOptions): TapParts<SourceItem, readonly AnswerEvent[]> {
  const collector = createAnswerCollector();
  const bytes = new TextEncoder();
  let text = "";
  let hasEnded = false;
  let isLost = false;

  const hasFailed = (): boolean => isLost || collector.hasFailed();
  const end = (): void => {
    if (hasEnded || hasFailed()) return;
    hasEnded = true;
    text += encoder.finish();
  };

  return {
    split: (chunk) => source.push(chunk),
    rest: () => source.finish(),
    overflowed: () => source.overflowed(),
    lose() {
      decoder.seeForeign();
      isLost = true;
    },
    mostBytes: mostOutputBytes,
    see(item) {
      if (item.type === "quiet") return QUIET;
      if (item.type === "foreign") {
        decoder.seeForeign();
        return null;
      }
      const seen = decoder.see(item.event);
      collector.add(seen);
      return seen;
    },
    handOn(seen) {
      if (seen === QUIET) text += KEEP_ALIVE;
      for (const event of seen) {
        const encodable = encodableOf(event, meter);
        if (encodable) text += encoder.encode(encodable);
      }
      if (decoder.isOver()) end();
    },
    isOver: () => hasEnded || hasFailed(),
    hasFailed,
    tokensAtMost: () => collector.tokensAtMost(),
    summary: () => collector.summary(decoder.end()),
    flush() {
      if (text === "") return [];
      const flushed = [bytes.encode(text)];
      text = "";
      return flushed;
    },
    end() {
      // Formats without a last event of their own (Gemini) end with their connection.
      if (decoder.end() === "complete") end();
    },
    close({ usage, choices }) {
      hasEnded = true;
      const events: readonly EncodableEvent[] = [
        usage,
        ...choices.map((choice) => ({ type: "finish", choice, reason: "length", stopSequence: null }) as const),
      ];
      return events.map((event) => encoder.encode(event)).join("") + encoder.cut();
    },
  };
}

/** Usage that cannot be trusted is not shown either. */
function encodableOf(event: AnswerEvent, meter: Meter): EncodableEvent | null {
  if (event.type === "error") return null;
  if (event.type !== "usage") return event;
  const units = meter.units(event.usage);
  return units === null ? null : { type: "usage", units, costUsd: meter.costUsd(event.usage) };
}

/** A whole answer's events as an encoder takes them. */
export function encodableEvents(events: readonly AnswerEvent[], meter: Meter): readonly EncodableEvent[] {
  return events.flatMap((event) => encodableOf(event, meter) ?? []);
}

import type { UsageUnits } from "#kernel";
import type { AnswerEvent, EncodableEvent } from "./answer-events.ts";
import type { StreamDecoder, StreamEncoder } from "./codec.ts";
import { createAnswerCollector } from "./collect-answer.ts";
import type { RawUsage, StreamTap } from "./events.ts";
import type { EventSource, SourceItem } from "./sse/event-source.ts";

export interface TranslateTapOptions {
  readonly source: EventSource;
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly meter: Meter;
}

/** How the gateway reads and prices a provider's usage; null where it cannot be trusted. */
export interface Meter {
  units(usage: RawUsage): UsageUnits | null;
  /** USD with nine decimals; null where the caller did not ask for it. */
  costUsd(usage: RawUsage): string | null;
}

const KEEP_ALIVE = ":\n\n";

/**
 * Translates an upstream's stream into the caller's format as it passes: decode, encode, nothing kept. The caller gets
 * no end until the upstream's own came; a stream that breaks off is ended by the relay, with an error in the same format.
 */
export function createTranslateTap({ source, decoder, encoder, meter }: TranslateTapOptions): StreamTap {
  const collector = createAnswerCollector();
  const bytes = new TextEncoder();
  let hasEnded = false;

  const translate = (item: SourceItem): string => {
    if (item.type === "quiet") return KEEP_ALIVE;
    if (item.type === "foreign") {
      decoder.seeForeign();
      return "";
    }
    const events = decoder.see(item.event);
    collector.add(events);
    let text = "";
    for (const event of events) {
      const encodable = encodableOf(event, meter);
      if (encodable) text += encoder.encode(encodable);
    }
    return text;
  };

  const translateAll = (items: readonly SourceItem[]): readonly Uint8Array[] => {
    let text = "";
    for (const item of items) {
      if (hasEnded || collector.hasFailed()) break;
      text += translate(item);
      if (decoder.isOver()) text += end();
    }
    return text === "" ? [] : [bytes.encode(text)];
  };

  const end = (): string => {
    if (hasEnded || collector.hasFailed()) return "";
    hasEnded = true;
    return encoder.finish();
  };

  return {
    push(chunk) {
      if (hasEnded || collector.hasFailed()) return { forward: [], stop: collector.hasFailed() };
      const forward = translateAll(source.push(chunk));
      const isLost = source.overflowed() && !hasEnded;
      if (isLost) decoder.seeForeign();
      return { forward, stop: collector.hasFailed() || isLost };
    },
    snapshot: () => collector.summary(decoder.end()),
    finish() {
      const forward = [...(hasEnded || collector.hasFailed() ? [] : translateAll(source.finish()))];
      // Formats without a last event of their own (Gemini) end with their connection.
      if (decoder.end() === "complete") {
        const text = end();
        if (text !== "") forward.push(bytes.encode(text));
      }
      return { forward, summary: collector.summary(decoder.end()) };
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

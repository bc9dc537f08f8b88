import type { AnswerEvent } from "./answer-events.ts";
import { createEventCounter } from "./count-events.ts";
import type { AnswerSummary, InBandError, RawUsage, StreamEnd } from "./events.ts";

/** More choices than this in an answer are not counted: no request may ask for more. */
const CHOICES_MAXIMUM = 128;

/** Accumulates what the events of one answer say, for metering. */
export interface AnswerCollector {
  /** The events that one source event came to. */
  add(events: readonly AnswerEvent[]): void;
  hasFailed(): boolean;
  summary(end: StreamEnd): AnswerSummary;
  tokensAtMost(): number;
}

/** Makes a collector for one answer, streamed or whole. Usage is the last seen, never a sum (G15). */
export function createAnswerCollector(): AnswerCollector {
  const counter = createEventCounter();
  const finishReasons: (string | null)[] = [];
  let usage: RawUsage | null = null;
  let error: InBandError | null = null;
  return {
    add(events) {
      for (const event of events) {
        if (event.type === "usage") usage = event.usage;
        else if (event.type === "error") error ??= event.error;
        else if (event.type === "finish" && event.choice < CHOICES_MAXIMUM) {
          while (finishReasons.length <= event.choice) finishReasons.push(null);
          finishReasons[event.choice] ??= event.reason;
        } else counter.add(event);
      }
      counter.endEvent();
    },
    hasFailed: () => error !== null,
    tokensAtMost: () => counter.tokensAtMost(),
    summary: (end) => ({
      end: error === null ? end : "interrupted",
      usage,
      finishReasons: [...finishReasons],
      delivered: counter.delivered(),
      error,
    }),
  };
}

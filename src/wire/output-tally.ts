import { createTokenCounter } from "./count-tokens.ts";

/**
 * A provider that sends a token per event shows it by short events. Their number is then the count: every event holds
 * at least one token, and an estimate of the text (a fifth too high for markdown) would charge what nobody measured.
 */
const TOKEN_EVENT_MAX_CHARACTERS = 8;

/** One kind of output: its text and the events that carried it. */
export interface OutputTally {
  add(text: string): void;
  /** True where the event that ends carried some. */
  endEvent(): boolean;
  tokens(): number;
}

/** Makes a tally for one kind of output of one answer. */
export function createOutputTally(): OutputTally {
  const counter = createTokenCounter();
  let events = 0;
  let characters = 0;
  let sawSome = false;
  return {
    add(text) {
      characters += text.length;
      counter.add(text);
      sawSome = true;
    },
    endEvent() {
      const had = sawSome;
      if (had) events += 1;
      sawSome = false;
      return had;
    },
    tokens() {
      const isTokenPerEvent = characters <= events * TOKEN_EVENT_MAX_CHARACTERS;
      return isTokenPerEvent ? events : Math.max(counter.total(), events);
    },
  };
}

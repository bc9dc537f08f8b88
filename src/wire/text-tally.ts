import { createTokenCounter } from "./count-tokens.ts";
import { utf8Length } from "./utf8-length.ts";

/** Beyond these an estimate goes on at the rate seen so far: the time spent on one request stays bounded. */
const SAMPLE_MAX_CHARACTERS = 128 * 1024;
const SAMPLE_MAX_TEXTS = 8192;
/** A name or an id is short; what is longer is text, whatever it calls itself. */
const LABEL_MAX_CHARACTERS = 64;

/** Counts the bytes of a request's texts as they are found, and keeps the first of them to estimate tokens by. */
export interface TextTally {
  add(text: string): void;
  /** A text that only names or links things (a type, an id): its bytes count for the bound, its tokens for nothing. */
  addLabel(text: string): void;
  /** UTF-8 bytes of everything added so far. */
  bytes(): number;
  /** The estimated tokens of everything added so far. Takes bounded time for any request. */
  estimateTokens(): number;
}

/** Makes a tally for one request. */
export function createTextTally(): TextTally {
  const sample: string[] = [];
  let sampleCharacters = 0;
  let sampleBytes = 0;
  let bytes = 0;

  const isFull = (): boolean => sample.length >= SAMPLE_MAX_TEXTS || sampleCharacters >= SAMPLE_MAX_CHARACTERS;
  const add = (text: string): void => {
    const textBytes = utf8Length(text);
    bytes += textBytes;
    if (isFull()) return;
    const part = text.slice(0, SAMPLE_MAX_CHARACTERS - sampleCharacters);
    sample.push(part);
    sampleCharacters += part.length;
    sampleBytes += part.length === text.length ? textBytes : utf8Length(part);
  };

  return {
    add,
    addLabel(text) {
      if (text.length > LABEL_MAX_CHARACTERS) return add(text);
      const labelBytes = utf8Length(text);
      bytes += labelBytes;
      if (!isFull()) sampleBytes += labelBytes;
    },
    bytes: () => bytes,
    estimateTokens() {
      const counter = createTokenCounter();
      for (const text of sample) {
        counter.add(text);
        counter.add("\n");
      }
      return sampleBytes === bytes ? counter.total() : Math.ceil((counter.total() * bytes) / sampleBytes);
    },
  };
}

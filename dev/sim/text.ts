import { splitTokens } from "./tokens.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SENTENCE_WORDS_MIN = 6;
const SENTENCE_WORDS_SPREAD = 8;

const WORDS = (
  "the light river crosses a quiet valley where small towns keep their lanterns burning until morning and every " +
  "traveller carries news from one harbour to another while old bridges hold under rain wind snow sun together " +
  "people meet near open gardens share bread music stories maps seeds and names of distant stars which guide " +
  "them home across water through forests over hills beyond the last known road toward something new"
).split(" ");

/** A 32-bit seed of a text (FNV-1a): the same prompt gets the same answer in every run. */
export function seedOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  }
  return hash >>> 0;
}

/** A deterministic sequence of whole numbers below `bound`, from a seed. */
export function sequenceFrom(seed: number): (bound: number) => number {
  // Neighbouring seeds must not begin alike.
  let state = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of this generator repeat quickly, so the number is taken from the high ones.
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Exactly `count` tokens of readable text. The same seed begins with the same tokens, whatever the count. */
export function generateTokens(seed: number, count: number): string[] {
  const next = sequenceFrom(seed);
  const tokens: string[] = [];
  while (tokens.length < count) {
    const sentence = makeSentence(next);
    tokens.push(...splitTokens(tokens.length === 0 ? sentence : ` ${sentence}`));
  }
  return tokens.slice(0, count);
}

function makeSentence(next: (bound: number) => number): string {
  const length = SENTENCE_WORDS_MIN + next(SENTENCE_WORDS_SPREAD);
  const words = Array.from({ length }, () => WORDS[next(WORDS.length)] ?? "light");
  const text = words.join(" ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX = "0123456789abcdef";

/** Deterministic letters and digits for ids. */
export function tokenFrom(seed: number, length: number, alphabet: "base62" | "hex" = "base62"): string {
  const letters = alphabet === "hex" ? HEX : BASE62;
  const next = sequenceFrom(seed ^ 0x5bd1e995);
  let token = "";
  for (let at = 0; at < length; at++) token += letters.charAt(next(letters.length));
  return token;
}

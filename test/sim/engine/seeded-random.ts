import type { RandomBytes } from "#kernel";

const SPAN = 4_294_967_296;

/** A deterministic source of choices (xoshiro128**), one stream for each name, so that one concern never shifts another. */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, stream: string) {
    // Splitmix spreads a small seed over all 128 bits, none of which may be all zero.
    let mixed = seed;
    for (const character of stream) mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93);
    const next = (): number => {
      mixed = (mixed + 0x9e_37_79_b9) | 0;
      let value = Math.imul(mixed ^ (mixed >>> 16), 0x21_f0_aa_ad);
      value = Math.imul(value ^ (value >>> 15), 0x73_5a_2d_97);
      return (value ^ (value >>> 15)) >>> 0;
    };
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next() | 1];
  }

  /** A whole number from 0 to 2^32 - 1. */
  whole(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** From 0, and below 1. */
  fraction(): number {
    return this.whole() / SPAN;
  }

  /** A whole number from the first to the last, both of them possible. */
  between(first: number, last: number): number {
    return first + Math.floor(this.fraction() * (last - first + 1));
  }

  /** As `between`, small numbers as likely as large ones of their magnitude. */
  magnitude(first: number, last: number): number {
    return Math.round(first * (last / first) ** this.fraction());
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.between(0, values.length - 1)] ?? values[0];
  }

  pickOrNull<Value>(values: readonly Value[]): Value | null {
    return values[this.between(0, values.length - 1)] ?? null;
  }

  /** The time to the next of events that come on average every `meanMs`. */
  gapMs(meanMs: number): number {
    return Math.ceil(-Math.log(1 - this.fraction()) * meanMs);
  }

  readonly bytes: RandomBytes = (length) => Uint8Array.from({ length }, () => this.whole() & 0xff);
}

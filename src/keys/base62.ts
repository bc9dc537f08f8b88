const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = 62n;
/** 248 is the largest multiple of 62 in a byte: larger bytes are drawn again, so every character is equally likely. */
const UNBIASED_BYTE_LIMIT = 248;
/** Each round rejects a byte with chance 3 %; this many rounds failing means the source of randomness is broken. */
const MAX_DRAW_ROUNDS = 64;

/** `length` base62 characters drawn evenly from the source. */
export function randomBase62(length: number, random: (length: number) => Uint8Array): string {
  let text = "";
  for (let round = 0; round < MAX_DRAW_ROUNDS; round += 1) {
    for (const byte of random(length - text.length)) {
      if (byte < UNBIASED_BYTE_LIMIT) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
    if (text.length === length) return text;
  }
  throw new Error("the source of randomness yields no usable bytes");
}

/** The value modulo 62^length, in exactly `length` base62 characters. */
export function fixedBase62(value: bigint, length: number): string {
  let text = "";
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = ALPHABET.charAt(Number(rest % BASE)) + text;
    rest /= BASE;
  }
  return text;
}

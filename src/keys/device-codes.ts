import type { RandomBytes } from "#kernel";
import { randomBase62 } from "./base62.ts";
import type { Peppers } from "./peppers.ts";
import { hashKey } from "./verify-key.ts";

/** 256 bits: what the program waits with, and nobody types. */
const DEVICE_CODE_CHARACTERS = 43;
/** Consonants: no word is spelled by chance, and none looks like another (RFC 8628 section 6.1). */
const USER_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";
/** 34 bits, which ten minutes of guessing at a door with limits do not reach. */
const USER_CODE_CHARACTERS = 8;
const GROUP_CHARACTERS = 4;
/** The largest multiple of 20 in a byte: larger ones are drawn again, so that every letter is equally likely. */
const UNBIASED_BYTE_LIMIT = 240;
const MAX_DRAW_ROUNDS = 64;
const USER_CODE = new RegExp(`^[${USER_ALPHABET}]{${USER_CODE_CHARACTERS}}$`);

/** The code that a program waits with. */
export const makeDeviceCode = (random: RandomBytes): string => randomBase62(DEVICE_CODE_CHARACTERS, random);

/** The code that a person types, as it is shown: `WDJB-MJHT`. */
export function makeUserCode(random: RandomBytes): string {
  let letters = "";
  for (let round = 0; round < MAX_DRAW_ROUNDS && letters.length < USER_CODE_CHARACTERS; round += 1) {
    for (const byte of random(USER_CODE_CHARACTERS - letters.length)) {
      if (byte < UNBIASED_BYTE_LIMIT) letters += USER_ALPHABET.charAt(byte % USER_ALPHABET.length);
    }
  }
  if (letters.length < USER_CODE_CHARACTERS) throw new Error("the source of randomness yields no usable bytes");
  return `${letters.slice(0, GROUP_CHARACTERS)}-${letters.slice(GROUP_CHARACTERS)}`;
}

/** As it is hashed: however it was typed. Null where it can be none. */
export function normaliseUserCode(typed: string): string | null {
  const code = typed.toUpperCase().replace(/[\s-]/g, "");
  return USER_CODE.test(code) ? code : null;
}

/** As a code is stored: hex HMAC-SHA256. Ten minutes later it is worthless, so that only the newest pepper is asked. */
export function hashCode(purpose: "device code" | "user code", code: string, peppers: Peppers): Promise<string> {
  return hashKey(code, peppers, peppers.current, purpose);
}

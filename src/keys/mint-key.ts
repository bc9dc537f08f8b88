import type { KeyMode, RandomBytes } from "#kernel";
import { randomBase62 } from "./base62.ts";
import { LOCATOR_LENGTH, SECRET_LENGTH, type Region } from "./format.ts";
import type { Peppers } from "./peppers.ts";
import { hashKey, tagOf } from "./verify-key.ts";

export interface MintedKey {
  /** The key itself. Shown once, never stored, never logged. */
  readonly key: string;
  /** For display beside the last four characters. */
  readonly prefix: string;
  readonly lastFour: string;
  /** What is stored: HMAC-SHA256 under the current pepper, hex. */
  readonly hash: string;
  readonly pepperVersion: string;
}

export const DISPLAY_PREFIX_LENGTH = 17;

/** Makes a new key for the organization behind a locator, under the current pepper. */
export async function mintKey(
  owner: { readonly mode: KeyMode; readonly region: Region; readonly locator: string },
  peppers: Peppers,
  random: RandomBytes,
): Promise<MintedKey> {
  const secret = randomBase62(SECRET_LENGTH, random);
  const signed = `prism_${owner.mode}_${owner.region}${peppers.current}${owner.locator}${secret}`;
  const key = signed + (await tagOf(signed, peppers, peppers.current));
  return {
    key,
    prefix: key.slice(0, DISPLAY_PREFIX_LENGTH),
    lastFour: key.slice(-4),
    hash: await hashKey(key, peppers, peppers.current),
    pepperVersion: peppers.current,
  };
}

/** A new organization's locator: random, so that a key tells nothing about the organization it belongs to. */
export function newLocator(random: RandomBytes): string {
  return randomBase62(LOCATOR_LENGTH, random);
}

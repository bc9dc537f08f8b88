import type { RandomBytes } from "#kernel";
import { randomBase62 } from "./base62.ts";
import { SECRET_LENGTH, TAG_LENGTH } from "./format.ts";
import { DISPLAY_PREFIX_LENGTH, type MintedKey } from "./mint-key.ts";
import type { Peppers } from "./peppers.ts";
import { equalInConstantTime, hashKey, tagOf } from "./verify-key.ts";

/**
 * A key to the control API: `prism_mgmt_` + pepper version 1 + secret 43 + tag 6, all base62, fixed lengths. Its form is
 * no API key's and its tag has a purpose of its own, so that neither door takes the other's. For secret scanners.
 */
export const MANAGEMENT_KEY_PATTERN = /^prism_mgmt_([0-9A-Za-z])([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** Makes a new key under the current pepper. */
export async function mintManagementKey(peppers: Peppers, random: RandomBytes): Promise<MintedKey> {
  const { current } = peppers;
  const signed = `prism_mgmt_${current}${randomBase62(SECRET_LENGTH, random)}`;
  const key = signed + (await tagOf(signed, peppers, current, "management tag"));
  return {
    key,
    prefix: key.slice(0, DISPLAY_PREFIX_LENGTH),
    lastFour: key.slice(-4),
    hash: await hashKey(key, peppers, current, "management hash"),
    pepperVersion: current,
  };
}

/**
 * What the database knows the key by, or null, without any lookup, where the text can be none of ours: form first, then
 * the keyed tag in constant time.
 */
export async function verifyManagementKey(text: string, peppers: Peppers): Promise<string | null> {
  const [, version, , tag] = MANAGEMENT_KEY_PATTERN.exec(text) ?? [];
  if (version === undefined || tag === undefined || !peppers.byVersion.has(version)) return null;
  const expected = await tagOf(text.slice(0, -TAG_LENGTH), peppers, version, "management tag");
  if (!equalInConstantTime(expected, tag)) return null;
  return hashKey(text, peppers, version, "management hash");
}

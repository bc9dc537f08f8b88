import type { KeyMode } from "#kernel";
import { fixedBase62 } from "./base62.ts";
import { parseKey, TAG_LENGTH, type Region } from "./format.ts";
import { keyedDigest, type DigestPurpose, type PepperKey, type Peppers } from "./peppers.ts";

export interface VerifiedKey {
  readonly mode: KeyMode;
  readonly region: Region;
  readonly locator: string;
  /** What the Account object knows the key by. */
  readonly hash: string;
}

export type KeyVerdict =
  | { readonly ok: true; readonly key: VerifiedKey }
  | { readonly ok: false; readonly code: "malformed_api_key" | "invalid_api_key" };

/**
 * Decides, without any lookup, whether a text can be one of our keys: form first, then the keyed tag in constant time.
 * A key that passes may still be unknown or revoked; that the Account object decides.
 */
export async function verifyKey(text: string, peppers: Peppers): Promise<KeyVerdict> {
  const parts = parseKey(text);
  if (!parts) return { ok: false, code: "malformed_api_key" };
  if (!peppers.byVersion.has(parts.pepperVersion)) return { ok: false, code: "invalid_api_key" };
  const [tag, hash] = await Promise.all([
    tagOf(parts.signed, peppers, parts.pepperVersion),
    hashKey(text, peppers, parts.pepperVersion),
  ]);
  if (!equalInConstantTime(tag, parts.tag)) return { ok: false, code: "invalid_api_key" };
  return { ok: true, key: { mode: parts.mode, region: parts.region, locator: parts.locator, hash } };
}

/** The six characters that end a key: 64 bits of its keyed digest, modulo 62^6. */
export async function tagOf(
  signed: string,
  peppers: Peppers,
  version: string,
  purpose: DigestPurpose = "tag",
): Promise<string> {
  const digest = await keyedDigest(pepperOf(peppers, version), purpose, signed);
  return fixedBase62(new DataView(digest.buffer).getBigUint64(0), TAG_LENGTH);
}

/** The stored form of a key: hex HMAC-SHA256 of the whole text. A plain hash in its place never matches (trap S7). */
export async function hashKey(
  text: string,
  peppers: Peppers,
  version: string,
  purpose: DigestPurpose = "hash",
): Promise<string> {
  const digest = await keyedDigest(pepperOf(peppers, version), purpose, text);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pepperOf(peppers: Peppers, version: string): PepperKey {
  const pepper = peppers.byVersion.get(version);
  if (!pepper) throw new RangeError("unknown pepper version");
  return pepper;
}

/** Compares every character whatever the first difference, so that timing says nothing about a near match. */
export function equalInConstantTime(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}

import { decodeBase64, encodeBase64 } from "#kernel";
import { CURVE, exportPoint, type EcKey, type OpeningKeys, type SealingKey } from "./sealing-keys.ts";

/**
 * Sealing a text to the gateway: who seals cannot open again. ECIES with WebCrypto alone, after RFC 9180's parts:
 *
 *   box  = 0x01 ‖ E ‖ AES-256-GCM(key, iv, plaintext, additional data = context), then base64
 *   E    = a fresh P-256 public key, uncompressed (65 bytes); the tag is GCM's 16 bytes, at the end
 *   key ‖ iv (32 ‖ 12 bytes) = HKDF-SHA-256(ECDH(E, R), salt = E ‖ R, info = "prismatic sealed-box 1\n" + key id)
 *   context = JSON [organization id, provider]
 *
 * R is the gateway's public key. The context is not in the box: a box that was moved to another organization or
 * provider does not open (traps G20, G28). A fresh E per box makes key and iv fresh.
 */
export interface SealContext {
  readonly orgId: string;
  readonly provider: string;
}

export interface SealedBox {
  /** Base64. */
  readonly sealed: string;
  /** The id of the gateway's key that opens it. */
  readonly keyVersion: string;
}

/** The longest credential of a provider is a service account's JSON, of about 2,400 bytes. */
export const PLAINTEXT_BYTES_MAX = 2_900;

const VERSION = 1;
const POINT_BYTES = 65;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + POINT_BYTES;
const KEY_BITS = 256;
const KEY_BYTES = 32;
const IV_BITS = 96;
const BOX_CHARACTERS_MAX = 4_096;
const encoder = new TextEncoder();

/** Throws RangeError for an empty text, or one of more than `PLAINTEXT_BYTES_MAX` bytes. */
export async function seal(key: SealingKey, plaintext: string, context: SealContext): Promise<SealedBox> {
  const bytes = encoder.encode(plaintext);
  if (bytes.length === 0 || bytes.length > PLAINTEXT_BYTES_MAX) throw new RangeError("a text that cannot be sealed");
  const pair = await makePair();
  const lock = await deriveLock({ own: pair.privateKey, other: key.publicKey }, pair.point, key);
  const ciphertext = await crypto.subtle.encrypt(gcm(lock.iv, context), lock.aesKey, bytes);
  const box = concat(Uint8Array.of(VERSION), pair.point, new Uint8Array(ciphertext));
  return { sealed: encodeBase64(box), keyVersion: key.id };
}

/** The text, or null: sealed to a key that is not among these, for another context, damaged, or no box at all. */
export async function openSealed(keys: OpeningKeys, box: SealedBox, context: SealContext): Promise<string | null> {
  const key = keys.get(box.keyVersion);
  const bytes = box.sealed.length > BOX_CHARACTERS_MAX ? null : decodeBase64(box.sealed);
  if (!key || !bytes || bytes[0] !== VERSION || bytes.length <= HEAD_BYTES + TAG_BYTES) return null;
  const point = bytes.slice(1, HEAD_BYTES);
  try {
    const other = await crypto.subtle.importKey("raw", point, CURVE, false, []);
    const lock = await deriveLock({ own: key.privateKey, other }, point, key);
    const plaintext = await crypto.subtle.decrypt(gcm(lock.iv, context), lock.aesKey, bytes.subarray(HEAD_BYTES));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
  } catch {
    // What WebCrypto says of a wrong point or tag is of use to nobody but an attacker.
    return null;
  }
}

async function makePair(): Promise<{ readonly privateKey: EcKey; readonly point: Uint8Array }> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new TypeError("not a pair of keys");
  return { privateKey: pair.privateKey, point: await exportPoint(pair.publicKey) };
}

/** AES key and iv from the two points' common secret; the recipient's point and id are bound into both. */
async function deriveLock(
  { own, other }: { readonly own: EcKey; readonly other: EcKey },
  ephemeralPoint: Uint8Array,
  recipient: { readonly id: string; readonly point: Uint8Array },
) {
  // A variable, not a literal: workerd's types call the member `$public`, its runtime does not.
  const agreement = { name: "ECDH", public: other };
  const secret = await crypto.subtle.deriveBits(agreement, own, KEY_BITS);
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const salt = concat(ephemeralPoint, recipient.point);
  const info = encoder.encode(`prismatic sealed-box 1\n${recipient.id}`);
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt, info },
    material,
    KEY_BITS + IV_BITS,
  );
  const aesKey = await crypto.subtle.importKey("raw", bits.slice(0, KEY_BYTES), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  return { aesKey, iv: bits.slice(KEY_BYTES) };
}

function gcm(iv: ArrayBuffer, { orgId, provider }: SealContext) {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(JSON.stringify([orgId, provider])) };
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

import type { RandomBytes } from "#kernel";
import { fromBase64, toBase64, type MailKeys } from "./mail-keys.ts";

/**
 * What a mail says, sealed while it waits in the database: links sign people in, and who reads the table shall not.
 *
 *   sealed = version ‖ "." ‖ base64(iv ‖ AES-256-GCM(key, iv, JSON of the values, additional data = message id))
 *
 * The message's id is not in it: values that were moved to another message do not open.
 */
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** The column's bound. */
const SEALED_CHARACTERS_MAX = 16_384;
const encoder = new TextEncoder();

/** Throws RangeError where the values are too long to be kept. */
export async function sealValues(
  keys: MailKeys,
  random: RandomBytes,
  messageId: string,
  values: Readonly<Record<string, string>>,
): Promise<string> {
  const key = await importedKey(keys, keys.current);
  if (!key) throw new TypeError("no mail key of the current version");
  const iv = new Uint8Array(random(IV_BYTES));
  const ciphertext = await crypto.subtle.encrypt(gcm(iv, messageId), key, encoder.encode(JSON.stringify(values)));
  const box = new Uint8Array(IV_BYTES + ciphertext.byteLength);
  box.set(iv);
  box.set(new Uint8Array(ciphertext), IV_BYTES);
  const sealed = `${keys.current}.${toBase64(box)}`;
  if (sealed.length > SEALED_CHARACTERS_MAX) throw new RangeError("what the mail says is too long");
  return sealed;
}

/** The values, or null: sealed with a key that is not among these, for another message, or damaged. */
export async function openValues(keys: MailKeys, messageId: string, sealed: string): Promise<unknown> {
  const key = await importedKey(keys, sealed.slice(0, 1));
  const box = sealed.charAt(1) === "." ? fromBase64(sealed.slice(2)) : null;
  if (!key || !box || box.length <= IV_BYTES + TAG_BYTES) return null;
  try {
    const plain = await crypto.subtle.decrypt(gcm(box.slice(0, IV_BYTES), messageId), key, box.subarray(IV_BYTES));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    // What WebCrypto says of a wrong tag is of use to nobody but an attacker.
    return null;
  }
}

async function importedKey({ byVersion }: MailKeys, version: string) {
  const bytes = byVersion.get(version);
  return bytes ? await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]) : null;
}

function gcm(iv: Uint8Array<ArrayBuffer>, messageId: string) {
  return { name: "AES-GCM", iv, additionalData: encoder.encode(messageId) };
}

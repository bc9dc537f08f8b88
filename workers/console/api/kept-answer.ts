import { z } from "zod";
import { decodeBase64Url, encodeBase64Url } from "../base64url.ts";

const IV_BYTES = 12;
const HASH = "SHA-256";
const encoder = new TextEncoder();

/** Operations that are idempotent always answer with a body. */
export const keptAnswer = z.object({
  status: z.literal([200, 201, 202]),
  headers: z.array(z.tuple([z.string(), z.string()]).readonly()),
  body: z.string(),
});
export type KeptAnswer = z.output<typeof keptAnswer>;

/** A request under its names in the table, and what its answer is sealed with. */
export interface NamedRequest {
  readonly id: string;
  readonly inputHash: string;
  readonly sealingKey: CryptoKey;
}

/**
 * All three are made from the caller's key and the console's secret together: who has the database alone learns neither
 * who asked nor what for, and who has the secret too still needs the key, which is kept nowhere, to open an answer.
 */
export async function nameRequest(secret: string, caller: string, key: string, input: string): Promise<NamedRequest> {
  const [material, macKey] = await Promise.all([
    crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]),
    crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: HASH }, false, ["sign"]),
  ]);
  const of = JSON.stringify([caller, key]);
  const derivation = {
    name: "HKDF",
    hash: HASH,
    salt: new Uint8Array(),
    info: encoder.encode(`prismatic kept answer 1\n${of}`),
  };
  const [sealingKey, id, inputHash] = await Promise.all([
    crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
    mac(macKey, `prismatic idempotency id 1\n${of}`),
    mac(macKey, `prismatic idempotency input 1\n${of}\n${input}`),
  ]);
  return { id, inputHash, sealingKey };
}

export async function sealAnswer({ id, sealingKey }: NamedRequest, answer: KeptAnswer): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const box = await crypto.subtle.encrypt(gcm(iv, id), sealingKey, encoder.encode(JSON.stringify(answer)));
  return `${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(box))}`;
}

/** Null where it does not open. */
export async function openAnswer({ id, sealingKey }: NamedRequest, sealed: string): Promise<KeptAnswer | null> {
  const [iv, box] = sealed.split(".").map(decodeBase64Url);
  if (!iv || !box) return null;
  try {
    const text = new TextDecoder().decode(await crypto.subtle.decrypt(gcm(iv, id), sealingKey, box));
    return keptAnswer.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const gcm = (iv: Uint8Array<ArrayBuffer>, id: string) => ({ name: "AES-GCM", iv, additionalData: encoder.encode(id) });

async function mac(key: CryptoKey, text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import { decodeBase64Url, encodeBase64Url } from "../base64url.ts";

/** Seals secrets of one use: AES-256-GCM, derived from the console's secret. */
export type DerivedKey = Awaited<ReturnType<typeof crypto.subtle.deriveKey>>;

const IV_BYTES = 12;
const encoder = new TextEncoder();

/** What is sealed: authenticator secrets of people, signing secrets of webhook endpoints. */
export type SealedUse = "factor" | "webhook";

/** Derives the key from `AUTH_SECRET` (HKDF-SHA-256, own label), so that one secret serves several uses apart. */
export async function deriveKey(authSecret: string, use: SealedUse): Promise<DerivedKey> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(authSecret), "HKDF", false, ["deriveKey"]);
  const derivation = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode(`prismatic ${use} secret 1`),
  };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** `ownerId` is bound in: a sealed secret that was moved to another person or endpoint does not open. */
export async function sealSecret(key: DerivedKey, ownerId: string, secret: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const box = await crypto.subtle.encrypt(gcm(iv, ownerId), key, encoder.encode(secret));
  return `${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(box))}`;
}

/** Null where it does not open: another key, another owner's, damaged. */
export async function openSecret(key: DerivedKey, ownerId: string, sealed: string): Promise<string | null> {
  const [ivText = "", boxText = ""] = sealed.split(".");
  const iv = decodeBase64Url(ivText);
  const box = decodeBase64Url(boxText);
  if (iv === null || box === null) return null;
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(gcm(iv, ownerId), key, box));
  } catch {
    return null;
  }
}

const gcm = (iv: Uint8Array<ArrayBuffer>, ownerId: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: encoder.encode(ownerId),
});

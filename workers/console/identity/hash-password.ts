import { scrypt } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "../base64url.ts";
import type { Peppers } from "./peppers.ts";

/** scrypt with N=2^14, r=8, p=5 (OWASP's table), 256 bits. Source: design PRIVACY section 6. */
const COST = { N: 16_384, r: 8, p: 5, maxmem: 64 * 1024 * 1024 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const FORM = /^s1:([0-9A-Za-z]):([\w-]{22}):([\w-]{43})$/;

/** Hashes a password: scrypt, then an HMAC under the newest pepper, which is not in the database. */
export async function hashPassword(password: string, { newest }: Peppers): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const signed = await crypto.subtle.sign("HMAC", newest.key, await derive(password, salt));
  return `s1:${newest.version}:${encodeBase64Url(salt)}:${encodeBase64Url(new Uint8Array(signed))}`;
}

/** False for a wrong password, and for what is no hash of ours or has a pepper that we no longer have. */
export async function verifyPassword(stored: string, password: string, { byVersion }: Peppers): Promise<boolean> {
  const [, version = "", saltText = "", hashText = ""] = FORM.exec(stored) ?? [];
  const key = byVersion.get(version);
  const salt = decodeBase64Url(saltText);
  const hash = decodeBase64Url(hashText);
  if (key === undefined || salt === null || hash === null) return false;
  // WebCrypto compares in constant time.
  return crypto.subtle.verify("HMAC", key, hash, await derive(password, salt));
}

function derive(password: string, salt: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    // The same text may be typed in several encodings of its characters.
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (error, key) => {
      if (error) reject(error);
      else resolve(Uint8Array.from(key));
    });
  });
}

import { z } from "zod";
import { decodeBase64Url } from "../base64url.ts";

/** A CryptoKey, by what Workers and Node both call it. */
export type PepperKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** HMAC keys by version: the newest hashes, every one of them verifies. */
export interface Peppers {
  readonly newest: { readonly version: string; readonly key: PepperKey };
  readonly byVersion: ReadonlyMap<string, PepperKey>;
}

const SECRET_BYTES_MIN = 32;
const schema = z.record(z.string().regex(/^[0-9A-Za-z]$/), z.string());

/** Reads `{ "<version>": "<base64url of 32 bytes or more>", … }`. Throws on anything else; versions count up by character. */
export async function parsePasswordPeppers(text: string): Promise<Peppers> {
  const byVersion = new Map<string, PepperKey>();
  let newest: Peppers["newest"] | null = null;
  for (const [version, secret] of Object.entries(schema.parse(JSON.parse(text)))) {
    const bytes = decodeBase64Url(secret);
    if (bytes === null || bytes.length < SECRET_BYTES_MIN)
      throw new Error(`PASSWORD_PEPPERS: '${version}' is not ${SECRET_BYTES_MIN} bytes in base64url`);
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
      "verify",
    ]);
    byVersion.set(version, key);
    if (newest === null || version > newest.version) newest = { version, key };
  }
  if (newest === null) throw new Error("PASSWORD_PEPPERS holds no secret");
  return { newest, byVersion };
}

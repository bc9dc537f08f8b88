import { encodeBase64Url } from "../base64url.ts";

const encoder = new TextEncoder();

/** A random token (a session's, an invitation's) as it is stored: SHA-256, base64url. Who reads the database cannot use it. */
export async function hashToken(token: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(token))));
}

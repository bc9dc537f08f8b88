import { encodeBase64Url } from "../base64url.ts";
import type { Peppers } from "./peppers.ts";

const encoder = new TextEncoder();

/** As a recovery code is stored: HMAC under the newest pepper, the person bound in. After a change of peppers new codes are needed. */
export async function hashRecoveryCode(code: string, userId: string, { newest }: Peppers): Promise<string> {
  const text = encoder.encode(`prismatic recovery code 1\n${userId}\n${code}`);
  return encodeBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", newest.key, text)));
}

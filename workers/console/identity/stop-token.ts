import type { ApiContext } from "../api/context.ts";
import { encodeBase64Url } from "../base64url.ts";

const encoder = new TextEncoder();

/**
 * The token of the old address's link, which is mailed twice: when the change is asked for, and when it was made. So it is
 * made from the change's id and the console's secret, not kept.
 */
export async function stopTokenOf(context: ApiContext, changeId: string): Promise<string> {
  const { authSecret } = context.get("services");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(authSecret), algorithm, false, ["sign"]);
  const text = encoder.encode(`prismatic stop email change 1\n${changeId}`);
  return encodeBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, text)));
}

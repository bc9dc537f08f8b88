/** Characters of an `Idempotency-Key` header that we take; Stripe's bound, which clients know. */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

const encoder = new TextEncoder();

/**
 * What the account knows a caller's `Idempotency-Key` by: HMAC-SHA-256 under the stored hash of its API key, hex. The
 * value may tell about a person (an order number), so that neither it nor its plain hash leaves the isolate.
 */
export async function hashIdempotencyKey(value: string, apiKeyHash: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(apiKeyHash), algorithm, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", key, encoder.encode(`prismatic idempotency 1\n${value}`));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import { Webhook } from "standardwebhooks";
import type { RandomBytes } from "#kernel";
import { toBase64 } from "../mail-keys.ts";

/** Within the 24 to 64 bytes that the standard wants. */
const SECRET_BYTES = 32;
const MS_PER_SECOND = 1_000;

/** A new signing secret: `whsec_` and base64. */
export function newWebhookSecret(random: RandomBytes): string {
  return `whsec_${toBase64(random(SECRET_BYTES))}`;
}

export interface SignedMessage {
  /** The event's: the same at every try, so that a receiver knows what it has had. */
  readonly id: string;
  /** When this try is made. */
  readonly atMs: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks 1.0.0: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`, one signature for each
 * secret, so that a receiver verifies with the old one or the new one while a secret is rotated.
 */
export function signWebhook(
  secrets: readonly [string, ...string[]],
  { id, atMs, body }: SignedMessage,
): Readonly<Record<string, string>> {
  const seconds = Math.floor(atMs / MS_PER_SECOND);
  const signedAt = new Date(seconds * MS_PER_SECOND);
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, signedAt, body)).join(" "),
  };
}

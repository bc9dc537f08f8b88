import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { StoredMessage } from "./message-store.ts";

export interface WebhookTarget {
  readonly url: string;
  /** `whsec_…`, as Resend shows it. */
  readonly secret: string;
}

const TIMEOUT_MS = 5_000;
const BOUNCE = {
  type: "Permanent",
  subType: "General",
  message: "The recipient's mail server said that there is no such mailbox.",
};

/** Tells the console what became of a message, signed as Svix signs. Throws where it does not answer 2xx. */
export async function sendWebhook(target: WebhookTarget, message: StoredMessage, now: Date): Promise<void> {
  const body = JSON.stringify(eventOf(message, now));
  const id = `msg_${randomUUID().replaceAll("-", "")}`;
  const response = await fetch(target.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "svix-id": id,
      "svix-timestamp": String(Math.floor(now.getTime() / 1_000)),
      "svix-signature": new Webhook(target.secret).sign(id, now, body),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}

function eventOf(message: StoredMessage, now: Date) {
  const { id, created_at, from, to, subject, last_event } = message;
  const data = { email_id: id, created_at, from, to, subject };
  return {
    type: `email.${last_event}`,
    created_at: now.toISOString(),
    data: last_event === "bounced" ? { ...data, bounce: BOUNCE } : data,
  };
}

import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { z } from "zod";

/** Why nothing more is sent to an address. */
export type SuppressionReason = "bounced" | "complained";

/** `ignored`: a signed event that says nothing about an address, of which there are many kinds. */
export type WebhookResult =
  | { readonly outcome: "suppress"; readonly addresses: readonly string[]; readonly reason: SuppressionReason }
  | { readonly outcome: "ignored" }
  | { readonly outcome: "unverified" };

/** The names that Svix, which Resend sends by, gives to the headers of the standard. */
export interface WebhookHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

const RECIPIENTS_MAX = 50;
const event = z.object({ type: z.string(), data: z.unknown() });
const recipients = z.object({ to: z.array(z.string().max(254)).max(RECIPIENTS_MAX) });
const bounce = recipients.extend({ bounce: z.object({ type: z.string().nullish() }).nullish() });
/** A mailbox that is full or away takes mail again. Source: Resend's documentation of bounces. */
const PASSING_BOUNCES = new Set(["Transient", "Undetermined"]);

/** Whether the text can be a signing secret: `whsec_` and base64. Throws where it cannot. */
export function parseWebhookSecret(text: string): Webhook {
  try {
    return new Webhook(text);
  } catch {
    throw new Error("MAIL_WEBHOOK_SECRET is no signing secret");
  }
}

/**
 * What Resend tells of an address, if it is Resend that tells it: the signature must fit the bytes as they came, and be
 * no older or newer than the library's five minutes, after which the same bytes are a replay.
 */
export function verifyWebhook(webhook: Webhook, headers: WebhookHeaders, body: string): WebhookResult {
  try {
    webhook.verify(
      body,
      { "webhook-id": headers.id, "webhook-timestamp": headers.timestamp, "webhook-signature": headers.signature },
      { jsonParse: false },
    );
  } catch (error) {
    if (error instanceof WebhookVerificationError) return { outcome: "unverified" };
    throw error;
  }
  return readEvent(body);
}

function readEvent(body: string): WebhookResult {
  const parsed = event.safeParse(parseJson(body));
  if (!parsed.success) return { outcome: "ignored" };
  const { type, data } = parsed.data;
  if (type === "email.complained") return suppress("complained", recipients.safeParse(data).data?.to);
  if (type !== "email.bounced") return { outcome: "ignored" };
  const told = bounce.safeParse(data).data;
  if (PASSING_BOUNCES.has(told?.bounce?.type ?? "")) return { outcome: "ignored" };
  return suppress("bounced", told?.to);
}

function suppress(reason: SuppressionReason, to: readonly string[] | undefined): WebhookResult {
  if (to === undefined || to.length === 0) return { outcome: "ignored" };
  return { outcome: "suppress", reason, addresses: to.map((entry) => bareAddress(entry)) };
}

/** `Name <local@host>` is written in some events where only the address is meant. */
function bareAddress(entry: string): string {
  return (/<([^<>]+)>\s*$/.exec(entry)?.[1] ?? entry).trim().toLowerCase();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

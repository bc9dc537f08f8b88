import {
  providerBusy,
  retryLater,
  SEND_TIMEOUT_MS,
  type MailTransport,
  type OutgoingMail,
  type SendResult,
} from "./mail-transport.ts";
import type { Sender } from "./sender.ts";

/** The part of Cloudflare's `send_email` binding that is used: it makes the MIME message itself. */
export interface EmailBinding {
  send(message: {
    readonly from: { readonly email: string; readonly name: string };
    readonly to: string;
    readonly subject: string;
    readonly html: string;
    readonly text: string;
  }): Promise<unknown>;
}

/** Ours to mend, or Cloudflare's wish for less: messages wait. Source: Email Service, Workers API, error codes. */
const BUSY: ReadonlyMap<string, string> = new Map([
  ["E_RATE_LIMIT_EXCEEDED", "rate_limited"],
  ["E_DAILY_LIMIT_EXCEEDED", "quota_exceeded"],
  ["E_SENDER_NOT_VERIFIED", "provider_refuses_us"],
  ["E_SENDER_DOMAIN_NOT_AVAILABLE", "provider_refuses_us"],
]);
/** The address bounced or complained before. */
const ADDRESS_REFUSED = "E_RECIPIENT_SUPPRESSED";
/** Of these and of what is not known, nobody can say that a second try would not help. */
const PASSING = new Set(["E_DELIVERY_FAILED", "E_INTERNAL_SERVER_ERROR"]);

/**
 * Cloudflare's own e-mail sending. It knows no idempotency keys: a try whose answer was lost may send a mail twice, which
 * is better than not at all.
 */
export function cloudflareTransport(binding: EmailBinding, from: Sender): MailTransport {
  return {
    async send(message) {
      const { promise: timeout, resolve } = Promise.withResolvers<SendResult>();
      const timer = setTimeout(() => resolve(retryLater("provider_unavailable")), SEND_TIMEOUT_MS);
      try {
        return await Promise.race([sendBy(binding, from, message), timeout]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function sendBy(binding: EmailBinding, from: Sender, message: OutgoingMail): Promise<SendResult> {
  const { to, subject, html, text } = message;
  try {
    await binding.send({ from: { email: from.address, name: from.name }, to, subject, html, text });
    return { outcome: "sent" };
  } catch (error) {
    return resultOf(codeOf(error));
  }
}

function resultOf(code: string | null): SendResult {
  if (code === null || PASSING.has(code)) return retryLater("provider_unavailable");
  const busy = BUSY.get(code);
  if (busy !== undefined) return providerBusy(busy);
  if (code === ADDRESS_REFUSED) return { outcome: "address_refused", code: "address_refused" };
  return { outcome: "refused", code: "message_refused" };
}

/** Its errors carry a `code` beside their text. */
function codeOf(error: unknown): string | null {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : null;
  return typeof code === "string" && /^E_[A-Z_]+$/.test(code) ? code : null;
}

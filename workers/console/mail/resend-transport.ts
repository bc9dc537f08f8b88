import { z } from "zod";
import { retryAfterMs } from "../../http/retry-after.ts";
import {
  providerBusy,
  retryLater,
  SEND_TIMEOUT_MS,
  type MailTransport,
  type OutgoingMail,
  type SendResult,
} from "./mail-transport.ts";
import type { Sender } from "./sender.ts";

export interface ResendOptions {
  readonly apiKey: string;
  /** Without a slash at the end. The local mailbox speaks the same API at an address of its own. */
  readonly baseUrl: string;
  readonly from: Sender;
  readonly fetch: typeof fetch;
}

export const RESEND_BASE_URL = "https://api.resend.com";

const REFUSAL_BYTES_MAX = 16_384;
const refusal = z.object({ name: z.string().nullish(), message: z.string().nullish() });

/**
 * Resend, by its HTTP API. The message's id is the idempotency key: a try whose answer was lost is repeated without a
 * second mail, within the 24 hours that Resend remembers keys. Source: resend.com/docs/api-reference.
 */
export function resendTransport({ apiKey, baseUrl, from, fetch }: ResendOptions): MailTransport {
  return {
    async send(message) {
      try {
        const response = await fetch(`${baseUrl}/emails`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${apiKey}`,
            "content-type": "application/json",
            "idempotency-key": message.id,
          },
          body: JSON.stringify(encodeMessage(from, message)),
          signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
        });
        return response.ok ? await accepted(response) : await refusedBy(response);
      } catch {
        // Not reached, too slow, or cut off: whether it was sent is not known, and the key makes asking again harmless.
        return retryLater("provider_unavailable");
      }
    },
  };
}

function encodeMessage({ name, address }: Sender, { to, subject, html, text }: OutgoingMail) {
  return { from: `${name} <${address}>`, to: [to], subject, html, text };
}

async function accepted(response: Response): Promise<SendResult> {
  await response.body?.cancel();
  return { outcome: "sent" };
}

async function refusedBy(response: Response): Promise<SendResult> {
  const { status } = response;
  const waitMs = retryAfterMs(response.headers);
  const { name, message } = await readRefusal(response);
  if (status === 429) return providerBusy(name.includes("quota") ? "quota_exceeded" : "rate_limited", waitMs);
  if (status >= 500) return retryLater("provider_unavailable", waitMs);
  // Ours to mend: a key or a domain. Messages wait for it, and the log says so.
  if (status === 401 || status === 403) return providerBusy("provider_refuses_us");
  // The same key with other content: its mail is on its way already, rendered by the version before this one.
  if (status === 409 && name === "invalid_idempotent_request") return { outcome: "sent" };
  if (status === 409 || status === 408) return retryLater("provider_busy_with_it", waitMs);
  const isAboutAddress = (status === 422 || status === 400) && /`to`/.test(message);
  return isAboutAddress
    ? { outcome: "address_refused", code: "address_refused" }
    : { outcome: "refused", code: "message_refused" };
}

/** The parts of a refusal that are decided by; they go nowhere else. */
async function readRefusal(response: Response): Promise<{ readonly name: string; readonly message: string }> {
  const parsed = refusal.safeParse(parseJson(await readStart(response)));
  return { name: parsed.data?.name ?? "", message: parsed.data?.message ?? "" };
}

/** As much of the body as a refusal may have; the rest is not waited for. */
async function readStart({ body }: Response): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  let bytes = 0;
  while (bytes < REFUSAL_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

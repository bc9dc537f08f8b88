import { AppError } from "#kernel";
import { verifyWebhook } from "#notify";
import { suppressAddresses } from "#store";
import { readBody } from "../../http/read-body.ts";
import { systemTimer } from "../../http/platform.ts";
import type { ConsoleMail } from "../mail/compose-mail.ts";

/** An event names one message; more is no event. */
const BODY_BYTES_MAX = 262_144;
const BODY_MS_MAX = 10_000;

/**
 * What Resend tells of messages: an address that bounced, or whose owner complained, gets no more mail. Signed after
 * Svix; what is not, is too old, or comes where no secret is set, is as if there were nothing here.
 */
export async function resendWebhook(
  request: Request,
  { mail }: { readonly mail: Pick<ConsoleMail, "db" | "logger" | "webhook"> },
): Promise<Response> {
  if (mail.webhook === null) throw new AppError("not_found");
  const bounds = { limitBytes: BODY_BYTES_MAX, limitMs: BODY_MS_MAX, timer: systemTimer };
  const body = new TextDecoder().decode(await readBody(request, bounds));
  const header = (name: string): string => request.headers.get(`svix-${name}`) ?? "";
  const headers = { id: header("id"), timestamp: header("timestamp"), signature: header("signature") };
  const result = verifyWebhook(mail.webhook, headers, body);
  if (result.outcome === "unverified") {
    mail.logger("warn", { message: "mail_webhook_unverified" });
    throw new AppError("not_found");
  }
  if (result.outcome === "suppress") {
    await suppressAddresses(mail.db, result.addresses, result.reason);
    mail.logger("info", { message: "mail_address_suppressed", kind: result.reason });
  }
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}

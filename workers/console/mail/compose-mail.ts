import { parseMailKeys, parseSite, parseWebhookSecret, type MailContext } from "#notify";
import type { Database } from "#store";
import { consoleLogger } from "../../http/logger.ts";
import { systemClock, systemRandom } from "../../http/platform.ts";
import type { MailServices } from "../cron/send-mail.ts";
import { cloudflareTransport, type EmailBinding } from "./cloudflare-transport.ts";
import type { MailTransport } from "./mail-transport.ts";
import { RESEND_BASE_URL, resendTransport } from "./resend-transport.ts";
import { parseSender, type Sender } from "./sender.ts";

/** All that queues, sends and hears of mail. */
export interface ConsoleMail extends MailServices, MailContext {
  /** Null where no secret is set: then no event of the provider's is believed. */
  readonly webhook: ReturnType<typeof parseWebhookSecret> | null;
}

/**
 * Wires mail from the console's environment. Throws where a secret or the way to a provider is missing: a control plane
 * that cannot send would take sign-ups that nobody can ever confirm.
 */
export function composeMail(env: ConsoleEnv, db: Database): ConsoleMail {
  const from = parseSender(env.MAIL_FROM ?? "");
  const webhookSecret = optional(env, "MAIL_WEBHOOK_SECRET");
  return {
    db,
    transport: chooseTransport(env, from),
    keys: parseMailKeys(env.MAIL_KEY ?? ""),
    site: parseSite(env.SITE_URL ?? "", env.ENVIRONMENT !== "production"),
    clock: systemClock,
    random: systemRandom,
    logger: consoleLogger,
    webhook: webhookSecret === "" ? null : parseWebhookSecret(webhookSecret),
  };
}

/** Resend where its key is set, else Cloudflare where the binding is there. */
function chooseTransport(env: ConsoleEnv, from: Sender): MailTransport {
  const apiKey = optional(env, "RESEND_API_KEY");
  if (apiKey !== "") {
    const baseUrl = optional(env, "RESEND_BASE_URL") || RESEND_BASE_URL;
    if (env.ENVIRONMENT === "production" && !baseUrl.startsWith("https://"))
      throw new Error("RESEND_BASE_URL is no https address");
    return resendTransport({ apiKey, baseUrl, from, fetch: (...request) => fetch(...request) });
  }
  const binding: unknown = Reflect.get(env, "EMAIL");
  if (isEmailBinding(binding)) return cloudflareTransport(binding, from);
  throw new Error("RESEND_API_KEY is missing, and so is the binding EMAIL: no mail could be sent");
}

/** What only some deployments set is not in the wrangler file, so the environment's type does not know it. */
function optional(env: ConsoleEnv, name: string): string {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : "";
}

function isEmailBinding(value: unknown): value is EmailBinding {
  return typeof value === "object" && value !== null && "send" in value && typeof value.send === "function";
}

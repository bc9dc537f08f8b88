import { startMailbox, type Mailbox } from "../mailbox/index.ts";
import type { Cleanup } from "./cleanup.ts";
import { LOOPBACK } from "./listen.ts";
import type { Ports } from "./ports.ts";
import type { DevSecrets } from "./secrets.ts";

const SENDER = "Prismatic API <no-reply@prismatic.test>";
const WEBHOOK_PATH = "/webhooks/resend";

/** The mailbox stands where Resend is in production; no mail ever leaves a development stack. */
export async function startStackMailbox(
  ports: Ports,
  { mail }: DevSecrets,
  cleanup: Cleanup,
  log: (source: string, line: string) => void,
): Promise<Mailbox> {
  const mailbox = await startMailbox({
    port: ports.mailbox,
    apiKey: mail.api_key,
    onTrouble: (line) => log("mailbox", line),
  });
  cleanup.add("mailbox", () => mailbox.stop());
  return mailbox;
}

/** What the console has as secrets and variables of mail. */
export function mailEnvironment(
  ports: Ports,
  { mail }: DevSecrets,
  mailboxUrl: string,
): Readonly<Record<string, string>> {
  return {
    SITE_URL: siteUrl(ports),
    MAIL_FROM: SENDER,
    MAIL_KEY: mail.keys,
    MAIL_WEBHOOK_SECRET: mail.webhook_secret,
    RESEND_API_KEY: mail.api_key,
    RESEND_BASE_URL: mailboxUrl,
  };
}

/** Bounces and complaints are told as soon as somebody is there to be told. */
export function tellConsole(mailbox: Mailbox, consoleUrl: string, { mail }: DevSecrets): void {
  mailbox.tell({ url: consoleUrl + WEBHOOK_PATH, secret: mail.webhook_secret });
}

/** Where the site is to be, between the gateway and the console; links in mails lead there. */
export function siteUrl({ gateway }: Ports): string {
  return gateway === 0 ? `http://${LOOPBACK}` : `http://${LOOPBACK}:${gateway + 1}`;
}

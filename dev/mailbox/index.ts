import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen, LOOPBACK } from "../stack/listen.ts";
import { MessageStore, type StoredMessage } from "./message-store.ts";
import { refusals } from "./refusals.ts";
import { sendWebhook, type WebhookTarget } from "./send-webhook.ts";
import { serveEmails, type EmailsOptions } from "./serve-emails.ts";
import { sendRefusal, serveMailbox } from "./serve.ts";

export interface MailboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** What senders have to show, as Resend's key. */
  readonly apiKey: string;
  /** Troubles, such as a webhook that nobody took. Dropped by default. */
  readonly onTrouble?: (line: string) => void;
}

/** A running mailbox: Resend's API at its URL, a page for people at `/`. */
export interface Mailbox {
  /** Without a slash at the end. */
  readonly url: string;
  /** Newest first. */
  readonly messages: (to?: string) => StoredMessage[];
  /** Resolves with the first message that passes, now or later; rejects after `timeoutMs` (default 10,000). */
  readonly waitFor: (accepts: (message: StoredMessage) => boolean, timeoutMs?: number) => Promise<StoredMessage>;
  /** Where bounces and complaints are told from now on. */
  readonly tell: (target: WebhookTarget) => void;
  readonly clear: () => void;
  readonly stop: () => Promise<void>;
}

const WAIT_DEFAULT_MS = 10_000;

/** Starts the mailbox on loopback. Throws `PortTakenError`. */
export async function startMailbox(options: MailboxOptions): Promise<Mailbox> {
  const store = new MessageStore();
  const trouble = options.onTrouble ?? ((): void => undefined);
  let target: WebhookTarget | null = null;
  const onEvent = (message: StoredMessage): void => {
    if (target === null) return;
    sendWebhook(target, message, new Date()).catch((error: unknown) =>
      trouble(error instanceof Error ? error.message : "the webhook failed"),
    );
  };
  const emails: EmailsOptions = { store, apiKey: options.apiKey, nowMs: () => Date.now(), onEvent };
  const server = createServer((request, response) => {
    serve(emails, request, response).catch((error: unknown) => {
      trouble(error instanceof Error ? error.message : "a request failed");
      response.destroy();
    });
  });
  const port = await listen(server, options.port ?? 0, "mailbox");
  return {
    url: `http://${LOOPBACK}:${port}`,
    messages: (to) => store.list(to ?? null),
    waitFor: (accepts, timeoutMs = WAIT_DEFAULT_MS) => store.waitFor(accepts, timeoutMs),
    tell: (newTarget) => {
      target = newTarget;
    },
    clear: () => store.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(emails: EmailsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page somewhere whose name was made to lead here must not read sign-in links: it would come under its own name.
  const host = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(request.headers.host ?? "");
  if (!host) return sendRefusal(response, refusals.notFound);
  const url = new URL(request.url ?? "/", "http://mailbox");
  if (url.pathname === "/emails") return serveEmails(emails, request, response);
  return serveMailbox(emails.store, request, response, url);
}

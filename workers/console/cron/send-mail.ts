import { MAIL_TRIES_MAX, mailRetryWaitMs, openValues, renderMail, type MailKeys, type Site } from "#notify";
import type { Clock } from "#kernel";
import {
  claimDueMail,
  endHopelessMail,
  markMailEnded,
  markMailSent,
  postponeMail,
  suppressAddresses,
  type ClaimedMail,
  type Database,
} from "#store";
import type { Logger } from "../../http/logger.ts";
import { retryLater, type MailTransport, type SendResult } from "../mail/mail-transport.ts";

export interface MailServices {
  readonly db: Database;
  readonly transport: MailTransport;
  readonly keys: MailKeys;
  readonly site: Site;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface MailReport {
  readonly sent: number;
  /** Will be tried again. */
  readonly postponed: number;
  /** Given up, or their address takes no mail. */
  readonly ended: number;
}

/** Messages of one claim, so many at a time: providers allow few a second. */
const CLAIM_MAX = 8;
const PARALLEL = 2;
/** Longer than all of a claim can take with every try at its timeout. */
export const CLAIM_LEASE_MS = 60_000;
/** One run claims at most so often, and not after so long; the cron comes again in a minute. */
const CLAIMS_MAX = 25;
const RUN_MS_MAX = 20_000;

/**
 * Sends what is due. Runs by the cron, and right after a request that queued something (`waitUntil`); runs at the same
 * time share the queue. Never sends a message that another run has claimed.
 */
export async function sendDueMail(services: MailServices): Promise<MailReport> {
  const { db, clock, logger } = services;
  const startMs = clock.nowMs();
  const hopeless = await endHopelessMail(db, MAIL_TRIES_MAX);
  const total = { sent: 0, postponed: 0, ended: hopeless.suppressed + hopeless.failed };
  for (let claim = 0; claim < CLAIMS_MAX && clock.nowMs() - startMs < RUN_MS_MAX; claim += 1) {
    const claimed = await claimDueMail(db, { limit: CLAIM_MAX, leaseMs: CLAIM_LEASE_MS, triesMax: MAIL_TRIES_MAX });
    const results = await sendClaimed(services, claimed);
    for (const { outcome } of results) {
      if (outcome === "sent") total.sent += 1;
      else if (outcome === "retry") total.postponed += 1;
      else total.ended += 1;
    }
    const isBusy = results.some((result) => result.outcome === "retry" && result.isBusy);
    if (claimed.length < CLAIM_MAX || isBusy) break;
  }
  if (total.sent + total.postponed + total.ended > 0)
    logger(hopeless.failed > 0 ? "error" : "info", {
      message: "mail_sent",
      applied: total.sent,
      waiting: total.postponed,
      failed: total.ended,
    });
  return total;
}

async function sendClaimed(services: MailServices, claimed: readonly ClaimedMail[]): Promise<SendResult[]> {
  const results: SendResult[] = [];
  for (let start = 0; start < claimed.length; start += PARALLEL) {
    const group = claimed.slice(start, start + PARALLEL);
    results.push(...(await Promise.all(group.map((mail) => sendOne(services, mail)))));
  }
  return results;
}

async function sendOne(services: MailServices, mail: ClaimedMail): Promise<SendResult> {
  const result = await trySending(services, mail);
  await settle(services, mail, result);
  return result;
}

async function trySending({ transport, keys, site }: MailServices, mail: ClaimedMail): Promise<SendResult> {
  const { id, template, locale, toAddress } = mail;
  const values = await openValues(keys, id, mail.sealedParams);
  // A key or template that this version does not have yet may come with the next: these wait, within their tries.
  if (values === null) return retryLater("cannot_be_opened");
  const rendered = renderMail(site, { template, locale, values });
  if (!rendered.ok) {
    const { reason } = rendered;
    return reason === "foreign_link" ? { outcome: "refused", code: reason } : retryLater(reason);
  }
  return transport.send({ id, to: toAddress, ...rendered.mail });
}

async function settle({ db, logger }: MailServices, mail: ClaimedMail, result: SendResult): Promise<void> {
  const { id, tries } = mail;
  switch (result.outcome) {
    case "sent":
      return markMailSent(db, id);
    case "address_refused":
      await suppressAddresses(db, [mail.toAddress], "bounced");
      return markMailEnded(db, id, "suppressed", result.code);
    case "refused":
      logger("error", { message: "mail_refused", kind: mail.template, error_code: result.code });
      return markMailEnded(db, id, "failed", result.code);
    case "retry": {
      const waitMs = mailRetryWaitMs(tries, result.retryAfterMs);
      logger("warn", { message: "mail_postponed", kind: mail.template, error_code: result.code });
      return postponeMail(db, { id, tries, code: result.code, waitMs });
    }
  }
}

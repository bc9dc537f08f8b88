import { z } from "zod";
import { newId, type Clock, type RandomBytes } from "#kernel";
import { mailLocale, type MailLocale } from "./locales.ts";
import type { MailKeys } from "./mail-keys.ts";
import { renderMail } from "./render-mail.ts";
import { sealValues } from "./seal-values.ts";
import type { Site } from "./site.ts";
import type { FilledTemplate, TemplateName } from "./templates.ts";

export interface MailContext {
  readonly keys: MailKeys;
  readonly site: Site;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

export type MailRequest = FilledTemplate & {
  readonly to: string;
  /** The reader's, as their account has it; languages that we do not write fall back to English. */
  readonly locale: string;
  /** After this nobody needs it any more: with a link, when the link ends. A week by default. */
  readonly expiresAtMs?: number;
};

/** A row of the queue that is not in the database yet. */
export interface MailDraft {
  readonly id: string;
  readonly toAddress: string;
  readonly template: TemplateName;
  readonly locale: MailLocale;
  readonly sealedParams: string;
  readonly expiresAt: Date;
}

const LIFE_DEFAULT_MS = 7 * 24 * 3_600_000;
const recipient = z.email().max(254);

/**
 * Makes a message ready for the queue, its values sealed. Throws where it could not be sent later: an address that is none,
 * a link to elsewhere, values that are too long. None of these is the reader's doing.
 */
export async function prepareMail(context: MailContext, request: MailRequest): Promise<MailDraft> {
  const { template, values } = request;
  const locale = mailLocale(request.locale);
  const toAddress = recipient.parse(request.to).toLowerCase();
  const rendered = renderMail(context.site, { template, locale, values });
  if (!rendered.ok) throw new TypeError(`a mail that cannot be sent: ${template}, ${rendered.reason}`);
  const id = newId("mail", context.clock, context.random);
  const sealedParams = await sealValues(context.keys, context.random, id, values);
  const expiresAt = new Date(request.expiresAtMs ?? context.clock.nowMs() + LIFE_DEFAULT_MS);
  return { id, toAddress, template, locale, sealedParams, expiresAt };
}

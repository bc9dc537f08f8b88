import { cleanText, escapeHtml } from "./clean-text.ts";
import { CHOICE_WORDS, PREPARED_TEXTS } from "./generated/templates.ts";
import type { MailLocale } from "./locales.ts";
import { mailLocale } from "./locales.ts";
import type { Parameter } from "./parameters.ts";
import type { PreparedText } from "./rendered.ts";
import { ownLink, type Site } from "./site.ts";
import { isTemplateName, parametersOf, readValues } from "./templates.ts";

/** What cannot be said: a template that this version does not know, values that are not its own, a link to elsewhere. */
export type RenderRefusal = "unknown_template" | "invalid_values" | "foreign_link";

export type RenderResult =
  | { readonly ok: true; readonly mail: PreparedText }
  | { readonly ok: false; readonly reason: RenderRefusal };

const ZONE = "UTC";

/** Fills a template in the reader's language. The values are not trusted: they may be names that somebody made up. */
export function renderMail(
  site: Site,
  message: { readonly template: string; readonly locale: string; readonly values: unknown },
): RenderResult {
  const { template } = message;
  if (!isTemplateName(template)) return { ok: false, reason: "unknown_template" };
  const values = readValues(template, message.values);
  if (values === null) return { ok: false, reason: "invalid_values" };
  const locale = mailLocale(message.locale);
  const shown = new Map([["site", site.origin]]);
  for (const [name, parameter] of Object.entries(parametersOf(template))) {
    const value = SHOW[parameter.kind](values[name] ?? "", locale, site);
    if (value === null) return { ok: false, reason: "foreign_link" };
    shown.set(name, value);
  }
  const { subject, html, text } = PREPARED_TEXTS[template][locale];
  const filled = {
    subject: fill(subject, shown, asItIs),
    html: fill(html, shown, escapeHtml),
    text: fill(text, shown, asItIs),
  };
  return { ok: true, mail: filled };
}

function asItIs(text: string): string {
  return text;
}

/** In one pass: what a value says is never looked through for places again. */
function fill(prepared: string, shown: ReadonlyMap<string, string>, encode: (text: string) => string): string {
  return prepared.replace(/\{\{(\w+)\}\}/g, (_, name: string) => encode(shown.get(name) ?? ""));
}

/** A value as its kind is shown; null for a link that leads elsewhere. */
type Show = (value: string, locale: MailLocale, site: Site) => string | null;

const SHOW: Readonly<Record<Parameter["kind"], Show>> = {
  text: cleanText,
  address: asItIs,
  link: (value, _, site) => ownLink(site, value),
  instant: showInstant,
  choice: (value, locale) => CHOICE_WORDS[locale][value] ?? value,
};

function showInstant(value: string, locale: MailLocale): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: ZONE });
  return `${format.format(new Date(value))} ${ZONE}`;
}

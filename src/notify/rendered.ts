import type { MailLocale } from "./locales.ts";
import type { TemplateName } from "./templates.ts";

/** One mail in one language, with `{{name}}` where a value goes. Made at build time by `dev/mail`. */
export interface PreparedText {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export type PreparedTexts = Readonly<Record<TemplateName, Readonly<Record<MailLocale, PreparedText>>>>;

/** A language's words for the choices, by choice. */
export type ChoiceWords = Readonly<Record<MailLocale, Readonly<Record<string, string>>>>;

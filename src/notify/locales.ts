/** The languages that mails are written in. The first is for everybody whose own is not among them. */
export const MAIL_LOCALES = ["en", "de", "es", "ja", "ar"] as const;

export type MailLocale = (typeof MAIL_LOCALES)[number];

const DEFAULT_LOCALE = MAIL_LOCALES[0];

/** The language of a mail to somebody with that locale: `de-AT` reads German, `fr` English. */
export function mailLocale(locale: string): MailLocale {
  const [language = ""] = locale.split("-");
  return MAIL_LOCALES.find((known) => known === language.toLowerCase()) ?? DEFAULT_LOCALE;
}

export function textDirection(locale: MailLocale): "ltr" | "rtl" {
  return locale === "ar" ? "rtl" : "ltr";
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAIL_LOCALES, mailLocale, renderMail, TEMPLATES, textDirection, type TemplateName } from "#notify";
import { CATALOGUES } from "../../../dev/mail/catalogues/index.ts";
import type { Parameter } from "../../../src/notify/parameters.ts";
import { isTemplateName } from "../../../src/notify/templates.ts";
import { SITE, SITE_LINK } from "../../support/mail.ts";

const NAMES = Object.keys(TEMPLATES).filter(isTemplateName);
const every = NAMES.flatMap((template) => MAIL_LOCALES.map((locale) => [template, locale] as const));

function sample(name: string, parameter: Parameter): string {
  if (parameter.kind === "choice") return parameter.choices[0] ?? "";
  return { text: `Some ${name}`, address: "ada@example.com", link: SITE_LINK, instant: "2030-01-02T03:04:05Z" }[
    parameter.kind
  ];
}

function samples(template: TemplateName, over: Record<string, string> = {}): Record<string, string> {
  const filled = Object.entries<Parameter>(TEMPLATES[template]).map(([name, parameter]) => [
    name,
    sample(name, parameter),
  ]);
  return { ...Object.fromEntries(filled), ...over };
}

function render(template: TemplateName, locale = "en", over: Record<string, string> = {}) {
  const result = renderMail(SITE, { template, locale, values: samples(template, over) });
  if (!result.ok) throw new Error(result.reason);
  return result.mail;
}

const hrefs = (html: string): string[] => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => href);

describe("every mail in every language", () => {
  test.each(every)("%s in %s says all that it is filled with, in HTML and in plain text", (template, locale) => {
    const { subject, html, text } = render(template, locale);
    expect(subject).not.toBe("");
    for (const said of [subject, html, text]) expect(said).not.toMatch(/[{}]{2}|undefined|null/);
    for (const [name, parameter] of Object.entries<Parameter>(TEMPLATES[template])) {
      if (parameter.kind === "link") {
        expect(text).toContain(SITE_LINK);
        expect(hrefs(html)).toContain(SITE_LINK.replace("&", "&amp;"));
      } else if (parameter.kind === "text") {
        expect(text).toContain(`Some ${name}`);
        expect(html).toContain(`Some ${name}`);
      }
    }
  });

  test.each(every)("%s in %s is marked with its language and direction", (template, locale) => {
    expect(render(template, locale).html).toContain(`<html dir="${textDirection(locale)}" lang="${locale}">`);
    expect(textDirection(locale)).toBe(locale === "ar" ? "rtl" : "ltr");
  });

  test.each(every)("%s in %s fetches nothing when it is read, and runs nothing", (template, locale) => {
    const { html } = render(template, locale);
    expect(html).not.toMatch(/<(?:img|script|iframe|object|embed|form|link|base)\b|@import|url\(|\ssrc=|\son\w+=/i);
    expect(html).toContain("prefers-color-scheme:dark");
    for (const href of hrefs(html)) expect(new URL(href.replaceAll("&amp;", "&")).origin).toBe(SITE.origin);
  });

  test("every language has its own words for every mail: nothing was left in English", () => {
    for (const locale of MAIL_LOCALES.filter((other) => other !== "en"))
      for (const template of NAMES) {
        const { subject, heading, body } = CATALOGUES[locale].mails[template];
        expect([subject, heading, ...body]).not.toContain(CATALOGUES.en.mails[template].subject);
        expect(body[0]).not.toBe(CATALOGUES.en.mails[template].body[0]);
      }
  });

  test("every language uses the same values in a mail as English does", () => {
    const used = (words: object): string[] => [...new Set(JSON.stringify(words).match(/\{\w+\}/g))].sort();
    for (const locale of MAIL_LOCALES)
      for (const template of NAMES)
        expect([locale, template, used(CATALOGUES[locale].mails[template])]).toEqual([
          locale,
          template,
          used(CATALOGUES.en.mails[template]),
        ]);
  });

  test("every choice has its words in every language", () => {
    const choices = NAMES.flatMap((template) =>
      Object.values<Parameter>(TEMPLATES[template]).flatMap((parameter) =>
        parameter.kind === "choice" ? parameter.choices : [],
      ),
    );
    expect(choices.length).toBeGreaterThan(8);
    for (const locale of MAIL_LOCALES) expect(Object.keys(CATALOGUES[locale].choices).sort()).toEqual(choices.sort());
  });

  test("a choice is said in the reader's words, an instant in the reader's form and in UTC", () => {
    const { text } = render("invitation", "de", { role: "billing" });
    expect(text).toContain("Abrechnung");
    expect(text).toMatch(/2\. Januar 2030 um 03:04 UTC/);
  });
});

test.each([
  ["de-AT", "de"],
  ["ja", "ja"],
  ["fr", "en"],
  ["", "en"],
])("who has the locale '%s' reads %s", (locale, expected) => {
  expect(mailLocale(locale)).toBe(expected);
});

describe("a value can never be anything else", () => {
  const HOSTILE = [
    "</a><script>alert(1)</script>",
    `"><img src=x onerror=alert(1)>`,
    "Ada\r\nBcc: everybody@example.com",
    "https://evil.example/login",
    "www.evil.example",
    "evil.example",
    "evil\u3002example",
    "user@evil.example",
    "javascript:alert(1)",
    "{{url}}",
    "$& $1 $`",
    "\u202Emoc.elpmaxe.live",
    "Ada\u2028\u2029\u0000\u0007",
  ];
  /** Finds what mail programs would make a link of: a scheme, or words joined by dots or an at sign. */
  const LINKED = /\w+:\/\/[^\s\u200C]|\bjavascript:\w|(?<![\w@/.])[\w-]+(?:[.\u3002@])[a-z]{2,}/i;

  test.each(HOSTILE)("the name %j is no markup, no header and no link", (name) => {
    const plain = render("invitation");
    const { subject, html, text } = render("invitation", "en", { inviter: name, organization: name });
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(subject).not.toMatch(/[\u0000-\u001F\u007F\u2028\u2029\u202A-\u202E]/);
    expect(subject).not.toMatch(LINKED);
    expect(html.match(/<[a-z]/gi)?.length).toBe(plain.html.match(/<[a-z]/gi)?.length);
    expect(hrefs(html)).toEqual(hrefs(plain.html));
    expect(text.split("\n")).toHaveLength(plain.text.split("\n").length);
    const words = text.replaceAll(SITE_LINK, "").replaceAll(SITE.origin, "");
    expect(words).not.toMatch(LINKED);
  });

  test("any text at all leaves the mail's tags, links and lines as they are", () => {
    const plain = render("key_leaked");
    const special = fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "&",
      "/",
      ":",
      ".",
      "@",
      "{",
      "}",
      "$",
      "\\",
      "\r",
      "\n",
      "\u2028",
      " ",
    );
    const character = fc.oneof(special, fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }));
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 1, maxLength: 60 }), (name) => {
        const { subject, html, text } = render("key_leaked", "en", { name, organization: name, keyName: name });
        expect(html.match(/</g)?.length).toBe(plain.html.match(/</g)?.length);
        expect(html.match(/"/g)?.length).toBe(plain.html.match(/"/g)?.length);
        expect(text.split("\n")).toHaveLength(plain.text.split("\n").length);
        expect(subject).not.toMatch(/[\r\n]/);
      }),
    );
  });

  test("a name is still read as it was written", () => {
    const { html, text } = render("invitation", "en", { inviter: "O'Brien & Søn", organization: "Dr. Who" });
    expect(text).toContain("O'Brien & Søn");
    expect(html).toContain("O&#39;Brien &amp; Søn");
    expect(text).toContain("Dr. Who");
  });

  test.each([
    "https://evil.example/verify",
    "https://prismatic.test.evil.example/",
    "https://prismatic.test@evil.example/",
    "https://ada:secret@prismatic.test/",
    "http://prismatic.test/verify",
    "https://prismatic.test:8443/verify",
    "javascript:alert(1)",
    "data:text/html,hello",
    "//prismatic.test/verify",
  ])("a link to %s is refused", (url) => {
    const values = samples("verify_email", { url });
    const result = renderMail(SITE, { template: "verify_email", locale: "en", values });
    expect(result.ok).toBe(false);
  });

  test("what would end a link's attribute is encoded in it", () => {
    const { html } = render("verify_email", "en", { url: `https://prismatic.test/a"b<c>'d` });
    expect(hrefs(html)).toContain("https://prismatic.test/a%22b%3Cc%3E&#39;d");
  });

  test("values that are not the template's own are refused, and templates that are none", () => {
    const refused = (template: string, values: unknown) => renderMail(SITE, { template, locale: "en", values });
    expect(refused("member_removed", { name: "Ada" })).toMatchObject({ reason: "invalid_values" });
    expect(refused("member_removed", { ...samples("member_removed"), more: "x" })).toMatchObject({ ok: false });
    expect(refused("member_removed", null)).toMatchObject({ reason: "invalid_values" });
    expect(refused("invitation", samples("invitation", { role: "owner" }))).toMatchObject({ ok: false });
    expect(refused("toString", {})).toMatchObject({ reason: "unknown_template" });
  });
});

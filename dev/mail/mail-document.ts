import { createElement, type ReactElement, type ReactNode } from "react";
import { Body, Button, Container, Head, Heading, Hr, Html, Link, render, Section, Text } from "react-email";
import { textDirection, type MailLocale } from "../../src/notify/locales.ts";
import type { MailParts, Paragraph } from "./mail-parts.ts";

const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', sans-serif";
const INK = "#1c1c28";
const QUIET = "#5f6172";
const PAPER = "#f4f4f7";
const CARD = "#ffffff";
const ACCENT = "#4338ca";

/**
 * Colours that a mail program in dark mode takes instead; one that does not know this keeps the light ones. The page's
 * second selector is the cell that react-email puts a body's own style on.
 */
const DARK_MODE = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page,.page>table>tbody>tr>td{background-color:#14141c!important}
.card{background-color:#1e1e2a!important;border-color:#333346!important}
.ink{color:#f1f1f6!important}
.quiet{color:#a9abbd!important}
.button{background-color:#6d63f0!important}
.link{color:#a5a0ff!important}
.line{border-top-color:#333346!important}
}`;

/** Marks that React leaves for its own use in a browser. */
const REACT_MARKS = /<!--(?:\/?\$|[a-z]+)-->/g;

/** The HTML of a mail, with places for its values. Nothing in it is fetched when it is read: no picture, no font, no pixel. */
export async function mailDocument(parts: MailParts, locale: MailLocale): Promise<string> {
  const direction = textDirection(locale);
  const html = await render(
    createElement(
      Html,
      { lang: locale, dir: direction },
      createElement(
        Head,
        null,
        createElement("title", null, parts.subject),
        createElement("meta", { name: "color-scheme", content: "light dark" }),
        createElement("meta", { name: "supported-color-schemes", content: "light dark" }),
        createElement("style", { dangerouslySetInnerHTML: { __html: DARK_MODE } }),
      ),
      createElement(
        Body,
        { className: "page", style: { backgroundColor: PAPER, fontFamily: FONTS, margin: 0, padding: "24px 12px" } },
        card(parts, direction),
      ),
    ),
  );
  return html.replace(REACT_MARKS, "");
}

function card(parts: MailParts, direction: "ltr" | "rtl"): ReactElement {
  const align = direction === "rtl" ? "right" : "left";
  const style = {
    backgroundColor: CARD,
    border: "1px solid #e3e3ea",
    borderRadius: "10px",
    maxWidth: "560px",
    padding: "28px 32px",
    textAlign: align,
  } as const;
  return createElement(
    Container,
    { className: "card", dir: direction, style },
    createElement(
      Text,
      { className: "quiet", style: { ...small, margin: "0 0 20px", fontWeight: 600 } },
      "Prismatic API",
    ),
    createElement(
      Heading,
      { as: "h1", className: "ink", style: { color: INK, fontSize: "22px", lineHeight: "30px", margin: "0 0 16px" } },
      parts.heading,
    ),
    ...parts.before.map((paragraph, index) => paragraphElement(paragraph, `before-${index}`)),
    parts.button === null ? null : buttonElement(parts.button, parts.linkHint),
    ...parts.after.map((paragraph, index) => paragraphElement(paragraph, `after-${index}`)),
    createElement(Hr, { className: "line", style: { borderTop: "1px solid #d7d7e0", margin: "24px 0 16px" } }),
    createElement(Text, { className: "quiet", style: { ...small, margin: 0 } }, ...content(parts.footer)),
  );
}

const small = { color: QUIET, fontSize: "13px", lineHeight: "20px" } as const;

function paragraphElement(paragraph: Paragraph, key: string): ReactElement {
  const style = { color: INK, fontSize: "16px", lineHeight: "25px", margin: "0 0 14px" };
  return createElement(Text, { key, className: "ink", style }, ...content(paragraph));
}

/** The button, and its link again in full: some programs show no buttons, and some readers want to see where they go. */
function buttonElement(label: string, hint: string): ReactElement {
  const button = {
    backgroundColor: ACCENT,
    borderRadius: "8px",
    color: "#ffffff",
    fontSize: "16px",
    fontWeight: 600,
    padding: "12px 22px",
  };
  return createElement(
    Section,
    { style: { margin: "22px 0" } },
    createElement(Button, { className: "button", href: "{{url}}", style: button }, label),
    createElement(Text, { className: "quiet", style: { ...small, margin: "16px 0 0" } }, hint, " ", linkElement("url")),
  );
}

/** A value's own direction ends where it ends, whatever language it is in. */
function content(paragraph: Paragraph): ReactNode[] {
  return paragraph.map((piece) => {
    if (piece.kind === "words") return piece.words;
    return piece.kind === "link" ? linkElement(piece.name) : createElement("bdi", null, `{{${piece.name}}}`);
  });
}

function linkElement(name: string): ReactElement {
  const style = { color: ACCENT, overflowWrap: "anywhere", wordBreak: "break-word" } as const;
  return createElement(Link, { className: "link", dir: "ltr", href: `{{${name}}}`, style }, `{{${name}}}`);
}

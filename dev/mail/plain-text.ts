import { textDirection, type MailLocale } from "../../src/notify/locales.ts";
import type { MailParts, Paragraph } from "./mail-parts.ts";

/** A value's own direction ends where it ends: without these a Latin name turns an Arabic sentence around. */
const ISOLATE_BEGIN = "\u2068";
const ISOLATE_END = "\u2069";

/** The plain text: the same words in the same order, each link in full on a line of its own. */
export function plainText(parts: MailParts, locale: MailLocale): string {
  const isolates = textDirection(locale) === "rtl";
  const line = (paragraph: Paragraph): string => paragraph.map((piece) => pieceText(piece, isolates)).join("");
  const button = parts.button === null ? [] : [`${parts.button}:\n{{url}}`];
  const blocks = [parts.heading, ...parts.before.map(line), ...button, ...parts.after.map(line)];
  return `${blocks.join("\n\n")}\n\n-- \n${line(parts.footer)}\n`;
}

function pieceText(piece: Paragraph[number], isolates: boolean): string {
  if (piece.kind === "words") return piece.words;
  const place = `{{${piece.name}}}`;
  return isolates && piece.kind === "value" ? ISOLATE_BEGIN + place + ISOLATE_END : place;
}

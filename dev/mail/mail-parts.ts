import { parametersOf, type TemplateName } from "../../src/notify/templates.ts";
import type { Catalogue } from "./catalogue.ts";

/** One mail's words in one language, put in order, before they become HTML or plain text. */
export interface MailParts {
  readonly subject: string;
  readonly heading: string;
  readonly before: readonly Paragraph[];
  readonly button: string | null;
  readonly linkHint: string;
  readonly after: readonly Paragraph[];
  readonly footer: Paragraph;
}

/** A paragraph in pieces: words of ours, and places for values. */
export type Paragraph = readonly Piece[];
export type Piece =
  | { readonly kind: "words"; readonly words: string }
  | { readonly kind: "value" | "link"; readonly name: string };

/** The value that is there in every mail: our own address. */
const SITE = "site";

export function mailParts(catalogue: Catalogue, name: TemplateName): MailParts {
  const { subject, heading, body, button, after } = catalogue.mails[name];
  const greeting = "name" in parametersOf(name) ? [catalogue.greeting] : [];
  const split = (text: string): Paragraph => pieces(text, name);
  // A subject has one line and no links; that its places are known is looked at as everywhere.
  if (split(subject).some(({ kind }) => kind === "link")) throw new Error(`${name}: a link in a subject`);
  return {
    subject: subject.replace(/\{(\w+)\}/g, "{{$1}}"),
    heading,
    before: [...greeting, ...body].map(split),
    button,
    linkHint: catalogue.linkHint,
    after: after.map(split),
    footer: split(catalogue.footer),
  };
}

function pieces(text: string, template: TemplateName): Paragraph {
  return text
    .split(/(\{\w+\})/)
    .filter((part) => part !== "")
    .map((part): Piece => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name === undefined ? { kind: "words", words: part } : { kind: kindOf(name, template), name };
    });
}

function kindOf(name: string, template: TemplateName): "value" | "link" {
  if (name === SITE) return "link";
  const parameter = parametersOf(template)[name];
  if (!parameter) throw new Error(`${template}: no such value as {${name}}`);
  return parameter.kind === "link" ? "link" : "value";
}

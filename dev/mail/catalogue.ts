import type { FACTOR_CHANGES } from "../../src/notify/templates/factor-changed.ts";
import type { INVITED_ROLES } from "../../src/notify/templates/invitation.ts";
import type { TemplateName, TemplateValues } from "../../src/notify/templates.ts";

/**
 * One mail's words in one language; `{name}` stands for a value. A template with a link of its own has a button, which has
 * to say where it leads.
 */
export interface MailWords<Name extends TemplateName> {
  readonly subject: string;
  readonly heading: string;
  /** Paragraphs before the button. */
  readonly body: readonly string[];
  readonly button: "url" extends keyof TemplateValues<Name> ? string : null;
  /** Paragraphs after it. */
  readonly after: readonly string[];
}

/** Everything that mails say in one language. What is missing is a type error. */
export interface Catalogue {
  /** Before the body, where the template knows the reader's name. */
  readonly greeting: string;
  /** Before the link in full, for who cannot use the button. */
  readonly linkHint: string;
  /** Why the reader gets this. `{site}` is our address. */
  readonly footer: string;
  readonly mails: { readonly [Name in TemplateName]: MailWords<Name> };
  readonly choices: Readonly<Record<(typeof FACTOR_CHANGES)[number] | (typeof INVITED_ROLES)[number], string>>;
}

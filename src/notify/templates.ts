import { z } from "zod";
import type { Parameters, ParameterValues } from "./parameters.ts";
import { accountClosing } from "./templates/account-closing.ts";
import { accountReopened } from "./templates/account-reopened.ts";
import { confirmEmailChange } from "./templates/confirm-email-change.ts";
import { emailChangeMade } from "./templates/email-change-made.ts";
import { emailChangeRequested } from "./templates/email-change-requested.ts";
import { emailChangeTaken } from "./templates/email-change-taken.ts";
import { emailChanged } from "./templates/email-changed.ts";
import { factorChanged } from "./templates/factor-changed.ts";
import { guessesStopped } from "./templates/guesses-stopped.ts";
import { invitation } from "./templates/invitation.ts";
import { keyLeaked } from "./templates/key-leaked.ts";
import { memberRemoved } from "./templates/member-removed.ts";
import { newSignIn } from "./templates/new-sign-in.ts";
import { passwordChanged } from "./templates/password-changed.ts";
import { resetPassword } from "./templates/reset-password.ts";
import { signUpExists } from "./templates/sign-up-exists.ts";
import { verifyEmail } from "./templates/verify-email.ts";
import { webhookDisabled } from "./templates/webhook-disabled.ts";

/** Every mail that we send, with what it is filled with. What they say is in `dev/mail/catalogues`, one file a language. */
export const TEMPLATES = {
  verify_email: verifyEmail,
  sign_up_exists: signUpExists,
  reset_password: resetPassword,
  confirm_email_change: confirmEmailChange,
  email_change_requested: emailChangeRequested,
  email_change_taken: emailChangeTaken,
  email_change_made: emailChangeMade,
  email_changed: emailChanged,
  password_changed: passwordChanged,
  factor_changed: factorChanged,
  new_sign_in: newSignIn,
  invitation,
  member_removed: memberRemoved,
  guesses_stopped: guessesStopped,
  account_closing: accountClosing,
  account_reopened: accountReopened,
  key_leaked: keyLeaked,
  webhook_disabled: webhookDisabled,
} as const satisfies Record<string, Parameters>;

export type TemplateName = keyof typeof TEMPLATES;

export type TemplateValues<Name extends TemplateName> = ParameterValues<(typeof TEMPLATES)[Name]>;

/** A template together with the values that are its own. */
export type FilledTemplate = {
  readonly [Name in TemplateName]: { readonly template: Name; readonly values: TemplateValues<Name> };
}[TemplateName];

export function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name);
}

/** The parameters of a template by name, for who goes through all of them. */
export const parametersOf = (name: TemplateName): Parameters => TEMPLATES[name];

/** Reads a template's values: all of them, and nothing else. Null where they are not. */
export function readValues(name: TemplateName, values: unknown): Readonly<Record<string, string>> | null {
  const shape = Object.fromEntries(Object.entries(parametersOf(name)).map(([key, { schema }]) => [key, schema]));
  const parsed = z.strictObject(shape).safeParse(values);
  return parsed.success ? parsed.data : null;
}

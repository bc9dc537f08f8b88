import type { FoundSession } from "#store";
import type { ApiContext } from "../api/context.ts";

/** Mails a person that what guards their account has changed: somebody else may have done it. */
export function tellFactorChange(
  context: ApiContext,
  { name, email, locale }: FoundSession["user"],
  change: "totp_added" | "totp_removed" | "passkey_added" | "passkey_removed" | "login_added" | "login_removed",
): Promise<void> {
  const { sendMail, siteUrl, clock } = context.get("services");
  const values = { name, change, changedAt: new Date(clock.nowMs()).toISOString(), url: `${siteUrl}/app/security` };
  return sendMail(context, { template: "factor_changed", to: email, locale, values });
}

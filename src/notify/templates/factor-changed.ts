import { choice, instant, link, text } from "../parameters.ts";

/** What became of a second factor. */
export const FACTOR_CHANGES = [
  "totp_added",
  "totp_removed",
  "passkey_added",
  "passkey_removed",
  "recovery_codes_replaced",
  "recovery_code_used",
  "login_added",
  "login_removed",
] as const;

export const factorChanged = { name: text, change: choice(FACTOR_CHANGES), changedAt: instant, url: link } as const;

import type { ApiContext } from "../api/context.ts";
import { LINK_SECONDS, type AuthMail } from "./auth.ts";

const MS_PER_SECOND = 1_000;

/** The mails that better-auth asks for, with links to our own pages: a page's script sends the token, no GET does anything. */
export function authMail(context: ApiContext): AuthMail {
  const { sendMail, siteUrl, clock } = context.get("services");
  const locale = context.req.header("accept-language")?.slice(0, 2) ?? "en";
  const expiresAtMs = (): number => clock.nowMs() + LINK_SECONDS * MS_PER_SECOND;
  const instant = (ms: number): string => new Date(ms).toISOString();
  return {
    verifyEmail: ({ name, email }, token) => {
      const values = { name, url: `${siteUrl}/verify#token=${token}`, expiresAt: instant(expiresAtMs()) };
      return sendMail(context, { template: "verify_email", to: email, locale, values, expiresAtMs: expiresAtMs() });
    },
    resetPassword: ({ name, email }, token) => {
      const values = { name, url: `${siteUrl}/reset#token=${token}`, expiresAt: instant(expiresAtMs()) };
      return sendMail(context, { template: "reset_password", to: email, locale, values, expiresAtMs: expiresAtMs() });
    },
    signUpExists: ({ name, email }) => {
      const values = { name, url: `${siteUrl}/sign-in`, resetUrl: `${siteUrl}/forgot` };
      return sendMail(context, { template: "sign_up_exists", to: email, locale, values });
    },
    passwordReset: ({ name, email }) => {
      const values = { name, changedAt: instant(clock.nowMs()), url: `${siteUrl}/app/security` };
      return sendMail(context, { template: "password_changed", to: email, locale, values });
    },
  };
}

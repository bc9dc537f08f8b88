import { confirmEmail, endEverySession, endMailedLinks } from "#store";
import { databaseOf, type ApiContext } from "../api/context.ts";
import { LINK_SECONDS, type AuthMail, type AuthUser } from "./auth.ts";
import { logSecurity } from "./log-security.ts";

const MS_PER_SECOND = 1_000;

/** The mails that better-auth asks for, with links to our own pages: a page's script sends the token, no GET does anything. */
export function authMail(
  context: ApiContext,
): AuthMail & { readonly passwordChanged: (user: AuthUser) => Promise<void> } {
  const { sendMail, siteUrl, clock } = context.get("services");
  const locale = context.req.header("accept-language")?.slice(0, 2) ?? "en";
  const expiresAtMs = (): number => clock.nowMs() + LINK_SECONDS * MS_PER_SECOND;
  const instant = (ms: number): string => new Date(ms).toISOString();
  const passwordChanged = ({ name, email }: AuthUser): Promise<void> => {
    const values = { name, changedAt: instant(clock.nowMs()), url: `${siteUrl}/app/security` };
    return sendMail(context, { template: "password_changed", to: email, locale, values });
  };
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
    async passwordReset(user) {
      const db = databaseOf(context);
      // Sessions that began between the old password's last use and the new one's first, and every other link, end too.
      await endEverySession(db, user.id);
      await endMailedLinks(db, user.id);
      // The link came from the mailbox, and the password is its owner's now.
      await confirmEmail(db, user.id);
      await logSecurity(context, "password_reset", { userId: user.id, sessionId: null });
      await passwordChanged(user);
    },
    passwordChanged,
  };
}

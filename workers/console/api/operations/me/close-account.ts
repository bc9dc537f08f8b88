import { deleteCookie } from "hono/cookie";
import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { closeAccount as close, organizationName } from "#store";
import { SESSION_COOKIE } from "../../../identity/auth.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { instant } from "../../schemas.ts";

/** Design PRIVACY section 3: an account is kept for so long after it was closed, and can be taken back. */
const GRACE_MS = 30 * 24 * 3_600_000;
const NAMES_MAX = 5;

export const closeAccount = operation({
  id: "closeAccount",
  method: "post",
  path: "/me/close",
  tag: "Account",
  summary:
    "Close your account, and the organizations that you own alone. Sessions, memberships and keys stop at once; for thirty days it can be taken back.",
  access: FRESH_USER,
  status: 200,
  answer: z.strictObject({ closes_at: instant }),
  async handle({ context }) {
    const { user } = sessionOf(context);
    const { db, clock, sendMail, siteUrl, project } = context.get("services");
    const closesAt = new Date(clock.nowMs() + GRACE_MS);
    const shared = await close(databaseOf(context), user.id, closesAt);
    if (shared.length > 0) {
      const names = await Promise.all(shared.slice(0, NAMES_MAX).map((org) => organizationName(db, org)));
      const more = shared.length > NAMES_MAX ? ", …" : "";
      const reason = `you own organizations with other members; transfer them first: ${names.join(", ")}${more}.`;
      throw new AppError("not_possible", { params: { reason } });
    }
    await project();
    await logSecurity(context, "account_closing", { userId: user.id, sessionId: null });
    const values = { name: user.name, closesAt: closesAt.toISOString(), url: `${siteUrl}/reopen` };
    await sendMail(context, { template: "account_closing", to: user.email, locale: user.locale, values });
    deleteCookie(context, SESSION_COOKIE, { path: "/", secure: true });
    context.header("clear-site-data", '"cache", "cookies", "storage"');
    return { closes_at: closesAt.toISOString() };
  },
});

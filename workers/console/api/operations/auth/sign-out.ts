import { deleteCookie } from "hono/cookie";
import { endSession } from "#store";
import { SESSION_COOKIE } from "../../../identity/auth.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { HALF } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";

export const signOut = operation({
  id: "signOut",
  method: "post",
  path: "/auth/sign-out",
  tag: "Sign-in",
  summary: "End this session.",
  access: HALF,
  status: 204,
  answer: null,
  async handle({ context }) {
    const { id, user } = sessionOf(context);
    await endSession(databaseOf(context), user.id, id);
    await logSecurity(context, "signed_out", { userId: user.id, sessionId: id });
    deleteCookie(context, SESSION_COOKIE, { path: "/", secure: true });
    context.header("clear-site-data", '"cache", "cookies", "storage"');
    return null;
  },
});

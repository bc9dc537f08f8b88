import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { endOtherSessions, removeLogin as remove } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const removeLogin = operation({
  id: "removeLogin",
  method: "delete",
  path: "/me/logins/{login}",
  tag: "Account",
  summary: "Sign in with that account elsewhere no more. Other sessions end, and it is mailed.",
  access: FRESH_USER,
  params: z.strictObject({ login: idOf("login") }),
  status: 204,
  answer: null,
  async handle({ context, params }) {
    const { id: sessionId, user } = sessionOf(context);
    const db = databaseOf(context);
    const result = await remove(db, user.id, params.login);
    if (result === "unknown") throw new AppError("not_found");
    if (result === "only") {
      const reason = "it is your only way to sign in; set a password or add a passkey first.";
      throw new AppError("not_possible", { params: { reason } });
    }
    await endOtherSessions(db, user.id, sessionId);
    await logSecurity(context, "login_removed", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "login_removed");
    return null;
  },
});

import { AppError } from "#kernel";
import { endOtherSessions, removeFactor as remove } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";

export const removeFactor = operation({
  id: "removeFactor",
  method: "delete",
  path: "/me/factor",
  tag: "Account",
  summary: "Take the authenticator app away, with its recovery codes. Other sessions end (S9).",
  access: FRESH_USER,
  status: 204,
  answer: null,
  async handle({ context }) {
    const { id: sessionId, user } = sessionOf(context);
    const db = databaseOf(context);
    if (!(await remove(db, user.id))) throw new AppError("not_found");
    await endOtherSessions(db, user.id, sessionId);
    await logSecurity(context, "factor_removed", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "totp_removed");
    return null;
  },
});

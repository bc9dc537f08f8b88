import { AppError } from "#kernel";
import { endOtherSessions, removePasskey as remove } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { ofPasskey } from "./passkey.ts";

export const removePasskey = operation({
  id: "removePasskey",
  method: "delete",
  path: "/me/passkeys/{passkey}",
  tag: "Account",
  summary: "Take a passkey away; with the last factor the recovery codes go too. Other sessions end (S9).",
  access: FRESH_USER,
  params: ofPasskey,
  status: 204,
  answer: null,
  async handle({ context, params }) {
    const { id: sessionId, user } = sessionOf(context);
    const db = databaseOf(context);
    if (!(await remove(db, user.id, params.passkey))) throw new AppError("not_found");
    await endOtherSessions(db, user.id, sessionId);
    await logSecurity(context, "passkey_removed", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "passkey_removed");
    return null;
  },
});

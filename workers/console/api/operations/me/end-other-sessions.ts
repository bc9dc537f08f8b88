import { endOtherSessions as endOthers } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";

export const endOtherSessions = operation({
  id: "endOtherSessions",
  method: "delete",
  path: "/me/sessions",
  tag: "Account",
  summary: "End all of your sessions but this one.",
  access: USER,
  status: 204,
  answer: null,
  async handle({ context }) {
    const { id, user } = sessionOf(context);
    await endOthers(databaseOf(context), user.id, id);
    await logSecurity(context, "other_sessions_ended", { userId: user.id, sessionId: id });
    return null;
  },
});

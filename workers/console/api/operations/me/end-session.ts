import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { endSession as endOne } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const endSession = operation({
  id: "endSession",
  method: "delete",
  path: "/me/sessions/{session}",
  tag: "Account",
  summary: "End one of your sessions.",
  access: USER,
  params: z.strictObject({ session: idOf("session") }),
  status: 204,
  answer: null,
  async handle({ context, params }) {
    const { user } = sessionOf(context);
    if (!(await endOne(databaseOf(context), user.id, params.session))) throw new AppError("not_found");
    await logSecurity(context, "session_ended", { userId: user.id, sessionId: params.session });
    return null;
  },
});

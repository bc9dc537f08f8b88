import { z } from "@hono/zod-openapi";
import { AppError, newId } from "#kernel";
import { addLogin as add } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { finishAttempt, providerOf } from "../../../identity/providers/attempt.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { callback } from "./login.ts";

export const addLogin = operation({
  id: "addLogin",
  method: "post",
  path: "/me/logins",
  tag: "Account",
  summary: "Add an account elsewhere as a way to sign in, with what its redirect brought. It is mailed.",
  access: FRESH_USER,
  body: z.strictObject(callback),
  status: 201,
  answer: z.strictObject({ id: idOf("login") }),
  async handle({ context, body }) {
    const { id: sessionId, user } = sessionOf(context);
    const { clock, random } = context.get("services");
    const elsewhere = providerOf(context, body.provider);
    const use = { kind: "login_add", whose: sessionId } as const;
    const { identity } = await finishAttempt(context, elsewhere, use, body);
    const id = newId("login", clock, random);
    const login = { id, userId: user.id, provider: elsewhere.id, accountId: identity.accountId };
    if (!(await add(databaseOf(context), login))) throw new AppError("already_exists");
    await logSecurity(context, "login_added", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "login_added");
    return { id };
  },
});

import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { changePasswordHash, endMailedLinks, endOtherSessions } from "#store";
import { authMail } from "../../../identity/auth-mail.ts";
import { checkPassword } from "../../../identity/check-password.ts";
import { hasPassword } from "../../../identity/has-password.ts";
import { hashPassword } from "../../../identity/hash-password.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";
import { password } from "../../schemas.ts";

export const changePassword = operation({
  id: "changePassword",
  method: "post",
  path: "/auth/password/change",
  tag: "Sign-in",
  summary: "Change the password. Every other session ends, and the change is mailed (S9).",
  access: USER,
  body: z.strictObject({ current: password, password }),
  status: 200,
  answer: z.strictObject({ status: z.literal("changed") }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context, body }) {
    const { id, user } = sessionOf(context);
    const db = databaseOf(context);
    if (!(await hasPassword(context, user.id, body.current))) throw new AppError("invalid_credentials");
    await checkPassword(context, body.password);
    const hash = await hashPassword(body.password, context.get("services").passwordPeppers);
    await changePasswordHash(db, user.id, hash);
    await endOtherSessions(db, user.id, id);
    await endMailedLinks(db, user.id);
    await logSecurity(context, "password_changed", { userId: user.id, sessionId: id });
    await authMail(context).passwordChanged(user);
    return { status: "changed" as const };
  },
});

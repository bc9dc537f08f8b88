import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { proveSession } from "#store";
import { hasPassword } from "../../../identity/has-password.ts";
import { passFactor } from "../../../identity/pass-factor.ts";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";
import { factorProof, password } from "../../schemas.ts";

export const prove = operation({
  id: "prove",
  method: "post",
  path: "/auth/prove",
  tag: "Sign-in",
  summary:
    "Prove again who you are, before something that wants it: a passkey, or the password and the second factor where there is one.",
  access: USER,
  body: z.strictObject({ password: password.optional(), ...factorProof }),
  status: 200,
  answer: z.strictObject({ status: z.literal("proved") }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context, body }) {
    const { id, user } = sessionOf(context);
    // A passkey asked who they are: it stands for the password too.
    const isByPasskey = body.passkey !== undefined;
    if (!isByPasskey && !(await hasPassword(context, user.id, body.password ?? "")))
      throw new AppError("invalid_credentials");
    const now = new Date(context.get("services").clock.nowMs());
    if ((user.hasFactor || isByPasskey) && (await passFactor(context, user.id, body)) === null)
      throw new AppError(isByPasskey ? "passkey_refused" : "wrong_code");
    await proveSession(databaseOf(context), id, user.hasFactor ? { provedAt: now, factorAt: now } : { provedAt: now });
    return { status: "proved" as const };
  },
});

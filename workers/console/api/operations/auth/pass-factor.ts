import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { proveSession } from "#store";
import { passFactor as checkFactor } from "../../../identity/pass-factor.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { HALF } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";
import { factorProof } from "../../schemas.ts";

export const passFactor = operation({
  id: "passFactor",
  method: "post",
  path: "/auth/factor",
  tag: "Sign-in",
  summary: "Finish a sign-in with a code of the authenticator app, a recovery code or a passkey.",
  access: HALF,
  body: z.strictObject(factorProof),
  status: 200,
  answer: z.strictObject({ status: z.literal("passed") }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context, body }) {
    const { id: sessionId, user } = sessionOf(context);
    const passed = await checkFactor(context, user.id, body);
    if (passed === null) {
      await logSecurity(context, "factor_failed", { userId: user.id, sessionId });
      throw new AppError(body.passkey === undefined ? "wrong_code" : "passkey_refused");
    }
    await proveSession(databaseOf(context), sessionId, { factorAt: new Date(context.get("services").clock.nowMs()) });
    await logSecurity(context, passed === "recovery" ? "recovery_code_used" : "factor_passed", {
      userId: user.id,
      sessionId,
    });
    return { status: "passed" as const };
  },
});

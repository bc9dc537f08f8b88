import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { confirmFactor as confirm, endOtherSessions, findFactor, proveSession } from "#store";
import { logSecurity } from "../../../identity/log-security.ts";
import { newRecoveryCodes } from "../../../identity/new-recovery-codes.ts";
import { passCode } from "../../../identity/pass-factor.ts";
import { tellFactorChange } from "../../../identity/tell-factor-change.ts";
import { FRESH_USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { knockForProof } from "../../knock-for-proof.ts";
import { operation } from "../../operation.ts";

export const confirmFactor = operation({
  id: "confirmFactor",
  method: "post",
  path: "/me/factor/confirm",
  tag: "Account",
  summary:
    "Confirm the authenticator app with its first code. The recovery codes are shown this once; other sessions end (S9).",
  access: FRESH_USER,
  body: z.strictObject({ code: z.string().max(16) }),
  status: 200,
  answer: z.strictObject({ recovery_codes: z.array(z.string()) }),
  door: ({ context }) => knockForProof(context, sessionOf(context).user),
  async handle({ context, body }) {
    const { id: sessionId, user } = sessionOf(context);
    const { db: reading, clock } = context.get("services");
    const factor = await findFactor(reading, user.id);
    if (factor === null || factor.isConfirmed) throw new AppError("not_found");
    if (!(await passCode(context, user.id, factor, body.code))) throw new AppError("wrong_code");
    const { codes, hashes } = await newRecoveryCodes(context, user.id);
    const db = databaseOf(context);
    if (!(await confirm(db, factor.id, hashes))) throw new AppError("already_exists");
    await proveSession(db, sessionId, { factorAt: new Date(clock.nowMs()) });
    await endOtherSessions(db, user.id, sessionId);
    await logSecurity(context, "factor_added", { userId: user.id, sessionId });
    await tellFactorChange(context, user, "totp_added");
    return { recovery_codes: [...codes] };
  },
});

import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { endSession, findSession } from "#store";
import { asked, authOf, takeCookies } from "../../../identity/auth-of.ts";
import { hashToken } from "../../../identity/hash-token.ts";
import { logSecurity } from "../../../identity/log-security.ts";
import { refusedStatus } from "../../../identity/refused-status.ts";
import { PUBLIC } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { refusedNotBefore } from "../../refused-not-before.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { email, idOf, password } from "../../schemas.ts";

/**
 * No refusal comes sooner. Hashing takes half of it, and what differs between an address that has an account and one that
 * has none, a look-up, is within it (S11).
 */
const REFUSAL_MS = 400;

export const signIn = operation({
  id: "signIn",
  method: "post",
  path: "/auth/sign-in",
  tag: "Sign-in",
  summary: "Sign in with address and password. Where there is a second factor, the session is of no use before it.",
  access: PUBLIC,
  body: z.strictObject({ email, password }),
  status: 200,
  answer: z.strictObject({ user_id: idOf("user"), factor_required: z.boolean() }),
  door: ({ context, body }) => knock(context, "sign_in", { address: body.email }),
  async handle({ context, body }) {
    const { db } = context.get("services");
    const signedIn = asked(
      authOf(context).api.signInEmail({ body, headers: context.req.raw.headers, returnHeaders: true }),
    );
    const { headers, response } = await refusedNotBefore(REFUSAL_MS, signedIn);
    const session = await findSession(db, await hashToken(response.token));
    if (session === null) throw new AppError("session_required");
    if (session.user.status !== "active") {
      // better-auth began it before anybody asked whether they may act.
      await endSession(databaseOf(context), session.user.id, session.id);
      throw refusedStatus(session.user.status);
    }
    takeCookies(context, headers);
    await logSecurity(context, "signed_in", { userId: session.user.id, sessionId: session.id });
    return { user_id: session.user.id, factor_required: session.user.hasFactor };
  },
});

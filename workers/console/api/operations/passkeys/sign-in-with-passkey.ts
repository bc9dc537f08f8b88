import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { logSecurity } from "../../../identity/log-security.ts";
import { openSession } from "../../../identity/open-session.ts";
import { passPasskey } from "../../../identity/pass-passkey.ts";
import { passkeyAssertion } from "../../../identity/passkey-schemas.ts";
import { refusedStatus } from "../../../identity/refused-status.ts";
import { PUBLIC } from "../../access.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const signInWithPasskey = operation({
  id: "signInWithPasskey",
  method: "post",
  path: "/auth/passkey/sign-in",
  tag: "Sign-in",
  summary: "Sign in with a passkey. It asked who you are, so that it counts as both factors.",
  access: PUBLIC,
  body: z.strictObject({ credential: passkeyAssertion }),
  status: 200,
  answer: z.strictObject({ user_id: idOf("user") }),
  door: ({ context }) => knock(context, "sign_in", { address: null }),
  async handle({ context, body }) {
    const { isPassed, passkey } = await passPasskey(context, body.credential);
    if (!isPassed || passkey === null) {
      if (passkey !== null) await logSecurity(context, "sign_in_failed", { userId: passkey.userId, sessionId: null });
      throw new AppError("passkey_refused");
    }
    const { userId } = passkey;
    const sessionId = await openSession(context, userId, { withFactor: true });
    if (sessionId === null) throw refusedStatus(passkey.status === "closing" ? "closing" : "suspended");
    await logSecurity(context, "signed_in", { userId, sessionId });
    return { user_id: userId };
  },
});

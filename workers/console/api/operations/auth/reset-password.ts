import { z } from "@hono/zod-openapi";
import { asked, authOf } from "../../../identity/auth-of.ts";
import { checkPassword } from "../../../identity/check-password.ts";
import { PUBLIC } from "../../access.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { linkToken, password } from "../../schemas.ts";

/** Ends every session. The second factor stays: who has the mailbox alone is not signed in by it (S10). */
export const resetPassword = operation({
  id: "resetPassword",
  method: "post",
  path: "/auth/password/reset",
  tag: "Sign-in",
  summary: "Set a new password with the token of the mailed link. Every session ends.",
  access: PUBLIC,
  body: z.strictObject({ token: linkToken, password }),
  status: 200,
  answer: z.strictObject({ status: z.literal("reset") }),
  door: ({ context }) => knock(context, "link", {}),
  async handle({ context, body }) {
    await checkPassword(context, body.password);
    await asked(authOf(context).api.resetPassword({ body: { token: body.token, newPassword: body.password } }));
    return { status: "reset" as const };
  },
});

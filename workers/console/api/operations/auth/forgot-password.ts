import { z } from "@hono/zod-openapi";
import { authOf } from "../../../identity/auth-of.ts";
import { PUBLIC } from "../../access.ts";
import { answerFirst } from "../../answer-first.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { email } from "../../schemas.ts";

/** Answer and time are the same whether the address has an account or not (S11). */
export const forgotPassword = operation({
  id: "forgotPassword",
  method: "post",
  path: "/auth/password/forgot",
  tag: "Sign-in",
  summary: "Have a link mailed with which a new password can be set.",
  access: PUBLIC,
  body: z.strictObject({ email }),
  status: 202,
  answer: z.strictObject({ status: z.literal("sent_if_known") }),
  door: ({ context, body }) => knock(context, "password_reset", { address: body.email }),
  async handle({ context, body }) {
    const auth = authOf(context);
    answerFirst(context, () => auth.api.requestPasswordReset({ body: { email: body.email } }));
    return { status: "sent_if_known" as const };
  },
});

import { z } from "@hono/zod-openapi";
import { beginAttempt, providerOf } from "../../../identity/providers/attempt.ts";
import { FRESH_USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { provider } from "./login.ts";

export const beginLogin = operation({
  id: "beginLogin",
  method: "post",
  path: "/me/logins/begin",
  tag: "Account",
  summary:
    "Where to send the browser to add an account elsewhere as a way to sign in. Good for ten minutes, in this session.",
  access: FRESH_USER,
  body: z.strictObject({ provider }),
  status: 200,
  answer: z.strictObject({ url: z.string() }),
  async handle({ context, body }) {
    const { id, user } = sessionOf(context);
    const use = { kind: "login_add", whose: id } as const;
    return { url: await beginAttempt(context, providerOf(context, body.provider), use, user.id) };
  },
});

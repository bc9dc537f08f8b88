import { z } from "@hono/zod-openapi";
import { asked, authOf } from "../../../identity/auth-of.ts";
import { PUBLIC } from "../../access.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { linkToken } from "../../schemas.ts";

export const verifyEmail = operation({
  id: "verifyEmail",
  method: "post",
  path: "/auth/verify-email",
  tag: "Sign-in",
  summary: "Confirm the address with the token of the mailed link. Nobody is signed in by it.",
  access: PUBLIC,
  body: z.strictObject({ token: linkToken }),
  status: 200,
  answer: z.strictObject({ status: z.literal("verified") }),
  door: ({ context }) => knock(context, "link", {}),
  async handle({ context, body }) {
    await asked(authOf(context).api.verifyEmail({ query: { token: body.token } }));
    return { status: "verified" as const };
  },
});

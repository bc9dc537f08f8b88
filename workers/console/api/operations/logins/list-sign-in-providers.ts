import { z } from "@hono/zod-openapi";
import { PUBLIC } from "../../access.ts";
import { operation } from "../../operation.ts";
import { provider } from "./login.ts";

export const listSignInProviders = operation({
  id: "listSignInProviders",
  method: "get",
  path: "/auth/providers",
  tag: "Sign-in",
  summary: "With which accounts elsewhere one can sign in here.",
  access: PUBLIC,
  status: 200,
  answer: z.strictObject({ data: z.array(z.strictObject({ provider })) }),
  handle({ context }) {
    const { signInProviders } = context.get("services");
    return Promise.resolve({ data: [...signInProviders.keys()].map((id) => ({ provider: id })) });
  },
});

import { z } from "@hono/zod-openapi";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { knock } from "../../knock.ts";
import { operation } from "../../operation.ts";
import { instant } from "../../schemas.ts";
import { userCode, waitingLogin } from "./waiting-login.ts";

/** The code stands in the body: addresses end up in logs and histories. */
export const showDeviceLogin = operation({
  id: "showDeviceLogin",
  method: "post",
  path: "/auth/device/show",
  tag: "Management keys",
  summary: "What the program behind a code says that it is, from where it asks, and what for.",
  access: USER,
  body: z.strictObject({ user_code: userCode }),
  status: 200,
  answer: z.strictObject({
    client_name: z.string(),
    permissions: z.array(z.string()),
    ip_address: z.string().nullable(),
    created_at: instant,
    expires_at: instant,
  }),
  // Codes of eight letters can be guessed at by whoever is signed in: this bounds how often.
  door: ({ context }) => knock(context, "proof", { account: sessionOf(context).user.id }),
  async handle({ context, body }) {
    const login = await waitingLogin(context, body.user_code);
    return {
      client_name: login.clientName,
      permissions: [...login.permissions],
      ip_address: login.ipAddress,
      created_at: login.createdAt.toISOString(),
      expires_at: login.expiresAt.toISOString(),
    };
  },
});

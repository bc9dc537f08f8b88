import { z } from "@hono/zod-openapi";
import { listPasskeys as list } from "#store";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { describePasskey, passkeyShape } from "./passkey.ts";

export const listPasskeys = operation({
  id: "listPasskeys",
  method: "get",
  path: "/me/passkeys",
  tag: "Account",
  summary: "Your passkeys.",
  access: USER,
  status: 200,
  answer: z.strictObject({ data: z.array(z.strictObject(passkeyShape)) }),
  async handle({ context }) {
    const found = await list(context.get("services").db, sessionOf(context).user.id);
    return { data: found.map((one) => describePasskey(one)) };
  },
});

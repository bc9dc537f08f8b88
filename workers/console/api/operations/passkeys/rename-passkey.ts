import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { renamePasskey as rename } from "#store";
import { USER } from "../../access.ts";
import { databaseOf, sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { describePasskey, ofPasskey, passkeyName, passkeyShape } from "./passkey.ts";

export const renamePasskey = operation({
  id: "renamePasskey",
  method: "patch",
  path: "/me/passkeys/{passkey}",
  tag: "Account",
  summary: "Call a passkey something else.",
  access: USER,
  params: ofPasskey,
  body: z.strictObject({ name: passkeyName }),
  status: 200,
  answer: z.strictObject(passkeyShape),
  async handle({ context, params, body }) {
    const renamed = await rename(databaseOf(context), sessionOf(context).user.id, params.passkey, body.name);
    if (renamed === null) throw new AppError("not_found");
    return describePasskey(renamed);
  },
});

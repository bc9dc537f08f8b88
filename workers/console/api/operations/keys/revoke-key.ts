import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { revokeKey as revoke } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeKey, keyShape } from "./key.ts";
import { changeableKey } from "./own-key.ts";

export const revokeKey = operation({
  id: "revokeKey",
  method: "post",
  path: "/organizations/{org}/keys/{key}/revoke",
  tag: "Keys",
  summary: "Revoke a key for good. It is refused everywhere when the leases that knew it have ended, in seconds.",
  access: freshMember("keys.update_own"),
  params: z.strictObject({ org: idOf("organization"), key: idOf("apiKey") }),
  status: 200,
  answer: z.strictObject(keyShape),
  async handle({ context, params }) {
    await changeableKey(context, params.org, params.key);
    const revoked = await revoke(databaseOf(context), params.org, params.key);
    if (revoked === null) throw new AppError("not_possible", { params: { reason: "it was revoked already." } });
    await context.get("services").project();
    return describeKey(revoked);
  },
});

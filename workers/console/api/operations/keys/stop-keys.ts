import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { revokeManagementKeys, STOPPED_KEYS_MAX, stopKeys as stop } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, may } from "../../context.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";

/** For the moment in which nobody knows which key is being misused. Each is switched on again by itself. */
export const stopKeys = operation({
  id: "stopKeys",
  method: "post",
  path: "/organizations/{org}/keys/stop",
  tag: "Keys",
  summary: `Disable all API keys at once; with \`management_keys\` revoke those too. Stops ${STOPPED_KEYS_MAX} at most: ask again while as many are answered.`,
  access: freshMember("keys.update"),
  params: inOrganization,
  body: z.strictObject({ management_keys: z.boolean().optional() }),
  status: 200,
  answer: z.strictObject({ disabled: z.number(), revoked_management_keys: z.number() }),
  async handle({ context, params, body }) {
    // Who else may act for the organization is for people: a program that may stop keys does not end other programs.
    if (body.management_keys === true && !may(context, "management_keys.manage")) throw new AppError("people_only");
    const db = databaseOf(context);
    const disabled = await stop(db, params.org);
    const revoked = body.management_keys === true ? await revokeManagementKeys(db, params.org) : 0;
    await context.get("services").project();
    return { disabled, revoked_management_keys: revoked };
  },
});

import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { revokeManagementKey as revoke } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const revokeManagementKey = operation({
  id: "revokeManagementKey",
  method: "delete",
  path: "/organizations/{org}/management-keys/{management_key}",
  tag: "Management keys",
  summary: "Revoke a management key for good, at once.",
  access: freshMember("management_keys.manage"),
  params: z.strictObject({ org: idOf("organization"), management_key: idOf("managementKey") }),
  status: 204,
  answer: null,
  async handle({ context, params }) {
    if (!(await revoke(databaseOf(context), params.org, params.management_key))) throw new AppError("not_found");
    return null;
  },
});

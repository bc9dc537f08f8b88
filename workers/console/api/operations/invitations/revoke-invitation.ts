import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { revokeInvitation as revoke } from "#store";
import { member } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const revokeInvitation = operation({
  id: "revokeInvitation",
  method: "delete",
  path: "/organizations/{org}/invitations/{invitation}",
  tag: "Members",
  summary: "Take an invitation back.",
  access: member("members.invite"),
  params: z.strictObject({ org: idOf("organization"), invitation: idOf("invitation") }),
  status: 204,
  answer: null,
  async handle({ context, params }) {
    if (!(await revoke(databaseOf(context), params.org, params.invitation))) throw new AppError("not_found");
    return null;
  },
});

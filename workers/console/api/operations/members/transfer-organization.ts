import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { transferOwnership } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";

export const transferOrganization = operation({
  id: "transferOrganization",
  method: "post",
  path: "/organizations/{org}/transfer",
  tag: "Members",
  summary: "Hand the organization over to another member; you become an admin.",
  access: freshMember("organization.transfer"),
  params: inOrganization,
  body: z.strictObject({ member_id: idOf("member") }),
  status: 200,
  answer: z.strictObject({ owner_member_id: idOf("member") }),
  async handle({ context, params, body }) {
    const { memberId } = membershipOf(context);
    if (!(await transferOwnership(databaseOf(context), params.org, memberId, body.member_id)))
      throw new AppError("not_found");
    return { owner_member_id: body.member_id };
  },
});

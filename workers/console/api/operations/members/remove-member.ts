import { z } from "@hono/zod-openapi";
import { grantableRoles } from "#identity";
import { AppError } from "#kernel";
import { endMembership } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const removeMember = operation({
  id: "removeMember",
  method: "delete",
  path: "/organizations/{org}/members/{member}",
  tag: "Members",
  summary: "Remove a member. Their keys are revoked, their pending invitations taken back.",
  access: freshMember("members.remove"),
  params: z.strictObject({ org: idOf("organization"), member: idOf("member") }),
  status: 204,
  answer: null,
  async handle({ context, params }) {
    const { memberId, role } = membershipOf(context);
    if (params.member === memberId) throw new AppError("not_possible", { params: { reason: "leave instead." } });
    const ended = await endMembership(databaseOf(context), params.org, params.member, grantableRoles(role));
    if (ended === null) throw new AppError("not_found");
    await context.get("services").project();
    return null;
  },
});

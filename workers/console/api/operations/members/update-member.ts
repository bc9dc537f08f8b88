import { z } from "@hono/zod-openapi";
import { grantableRoles, ROLES } from "#identity";
import { AppError } from "#kernel";
import { changeRole } from "#store";
import { freshMember } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const updateMember = operation({
  id: "updateMember",
  method: "patch",
  path: "/organizations/{org}/members/{member}",
  tag: "Members",
  summary: "Give a member another role, of those below your own.",
  access: freshMember("members.update"),
  params: z.strictObject({ org: idOf("organization"), member: idOf("member") }),
  body: z.strictObject({ role: z.enum(ROLES) }),
  status: 200,
  answer: z.strictObject({ id: idOf("member"), role: z.enum(ROLES) }),
  async handle({ context, params, body }) {
    const { memberId, role: ownRole } = membershipOf(context);
    if (params.member === memberId) throw notPossible("your own role is changed by somebody else.");
    const grantable = grantableRoles(ownRole);
    if (!grantable.includes(body.role)) throw notPossible(`you may give: ${grantable.join(", ")}.`);
    if (!(await changeRole(databaseOf(context), params.org, params.member, body.role, grantable)))
      throw new AppError("not_found");
    return { id: params.member, role: body.role };
  },
});

const notPossible = (reason: string): AppError => new AppError("not_possible", { param: "role", params: { reason } });

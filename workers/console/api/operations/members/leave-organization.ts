import { AppError } from "#kernel";
import { endMembership } from "#store";
import { member } from "../../access.ts";
import { databaseOf, membershipOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";

export const leaveOrganization = operation({
  id: "leaveOrganization",
  method: "post",
  path: "/organizations/{org}/leave",
  tag: "Members",
  summary: "Leave an organization. Your keys in it are revoked. Its owner hands it over first.",
  access: member("members.leave"),
  params: inOrganization,
  status: 204,
  answer: null,
  async handle({ context, params }) {
    const { memberId, role } = membershipOf(context);
    if ((await endMembership(databaseOf(context), params.org, memberId, [role])) === null)
      throw new AppError("not_found");
    await context.get("services").project();
    return null;
  },
});

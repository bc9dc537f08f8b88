import { z } from "@hono/zod-openapi";
import { ROLES } from "#identity";
import { listOrganizations as list } from "#store";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const listOrganizations = operation({
  id: "listOrganizations",
  method: "get",
  path: "/organizations",
  tag: "Organizations",
  summary: "The organizations that you are a member of, and as what.",
  access: USER,
  status: 200,
  answer: z.strictObject({
    data: z.array(
      z.strictObject({
        id: idOf("organization"),
        name: z.string(),
        status: z.enum(["active", "suspended"]),
        role: z.enum(ROLES),
        member_id: idOf("member"),
      }),
    ),
  }),
  async handle({ context }) {
    const found = await list(context.get("services").db, sessionOf(context).user.id);
    return {
      data: found.map(({ id, name, status, role, memberId }) => ({ id, name, status, role, member_id: memberId })),
    };
  },
});

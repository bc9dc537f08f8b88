import { z } from "@hono/zod-openapi";
import { ROLES } from "#identity";
import { listMembers as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { idOf, instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";

export const listMembers = operation({
  id: "listMembers",
  method: "get",
  path: "/organizations/{org}/members",
  tag: "Members",
  summary: "Who is a member, and as what.",
  access: member("members.read"),
  params: inOrganization,
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: idOf("member"),
      role: z.enum(ROLES),
      name: z.string().nullable(),
      email: z.string().nullable(),
      joined_at: instant,
    }),
  ),
  async handle({ context, params, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      list(db, params.org, query.cursor ?? "", limit),
    );
    const data = rows.map(({ id, role, name, email, joinedAt }) => ({
      id,
      role,
      name,
      email,
      joined_at: joinedAt.toISOString(),
    }));
    return { data, next_cursor: nextCursor };
  },
});

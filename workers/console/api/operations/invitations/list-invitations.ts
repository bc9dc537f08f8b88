import { z } from "@hono/zod-openapi";
import { ROLES } from "#identity";
import { listInvitations as list } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";
import { inOrganization } from "../organizations/organization.ts";

export const listInvitations = operation({
  id: "listInvitations",
  method: "get",
  path: "/organizations/{org}/invitations",
  tag: "Members",
  summary: "Invitations that can still be accepted.",
  access: member("members.invite"),
  params: inOrganization,
  status: 200,
  answer: z.strictObject({
    data: z.array(
      z.strictObject({
        id: idOf("invitation"),
        email: z.string(),
        role: z.enum(ROLES),
        expires_at: instant,
        created_at: instant,
      }),
    ),
  }),
  async handle({ context, params }) {
    const { db, clock } = context.get("services");
    const found = await list(db, params.org, new Date(clock.nowMs()));
    return {
      data: found.map(({ id, email, role, expiresAt, createdAt }) => ({
        id,
        email,
        role,
        expires_at: expiresAt.toISOString(),
        created_at: createdAt.toISOString(),
      })),
    };
  },
});

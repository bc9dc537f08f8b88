import { z } from "@hono/zod-openapi";
import { listLogins as list } from "#store";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";

export const listLogins = operation({
  id: "listLogins",
  method: "get",
  path: "/me/logins",
  tag: "Account",
  summary: "The accounts elsewhere that you sign in with.",
  access: USER,
  status: 200,
  answer: z.strictObject({
    data: z.array(z.strictObject({ id: idOf("login"), provider: z.string(), created_at: instant })),
  }),
  async handle({ context }) {
    const found = await list(context.get("services").db, sessionOf(context).user.id);
    return {
      data: found.map(({ id, provider, createdAt }) => ({ id, provider, created_at: createdAt.toISOString() })),
    };
  },
});

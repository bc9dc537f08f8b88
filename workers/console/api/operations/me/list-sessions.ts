import { z } from "@hono/zod-openapi";
import { listSessions as readSessions } from "#store";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";

export const listSessions = operation({
  id: "listSessions",
  method: "get",
  path: "/me/sessions",
  tag: "Account",
  summary: "Where you are signed in.",
  access: USER,
  status: 200,
  answer: z.strictObject({
    data: z.array(
      z.strictObject({
        id: idOf("session"),
        is_current: z.boolean(),
        created_at: instant,
        used_at: instant,
        ip_address: z.string().nullable(),
        user_agent: z.string().nullable(),
      }),
    ),
  }),
  async handle({ context }) {
    const { id: currentId, user } = sessionOf(context);
    const { db, clock } = context.get("services");
    const sessions = await readSessions(db, user.id, new Date(clock.nowMs()));
    return {
      data: sessions.map(({ id, createdAt, usedAt, ipAddress, userAgent }) => ({
        id,
        is_current: id === currentId,
        created_at: createdAt.toISOString(),
        used_at: usedAt.toISOString(),
        ip_address: ipAddress,
        user_agent: userAgent,
      })),
    };
  },
});

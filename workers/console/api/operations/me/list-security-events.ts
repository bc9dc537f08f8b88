import { z } from "@hono/zod-openapi";
import { listSecurityEvents as readEvents } from "#store";
import { USER } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf, instant } from "../../schemas.ts";

export const listSecurityEvents = operation({
  id: "listSecurityEvents",
  method: "get",
  path: "/me/security-events",
  tag: "Account",
  summary: "What happened to your account: sign-ins, and changes of what guards it.",
  access: USER,
  status: 200,
  answer: z.strictObject({
    data: z.array(
      z.strictObject({
        id: idOf("securityEvent"),
        kind: z.string(),
        occurred_at: instant,
        ip_address: z.string().nullable(),
        user_agent: z.string().nullable(),
        country: z.string().nullable(),
      }),
    ),
  }),
  async handle({ context }) {
    const events = await readEvents(context.get("services").db, sessionOf(context).user.id);
    return {
      data: events.map(({ id, kind, occurredAt, ipAddress, userAgent, country }) => ({
        id,
        kind,
        occurred_at: occurredAt.toISOString(),
        ip_address: ipAddress,
        user_agent: userAgent,
        country,
      })),
    };
  },
});

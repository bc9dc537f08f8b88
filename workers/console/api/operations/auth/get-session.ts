import { z } from "@hono/zod-openapi";
import { isFresh } from "#identity";
import { HALF } from "../../access.ts";
import { sessionOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";

export const getSession = operation({
  id: "getSession",
  method: "get",
  path: "/auth/session",
  tag: "Sign-in",
  summary: "Who is signed in, and what is still missing.",
  access: HALF,
  status: 200,
  answer: z.strictObject({
    id: idOf("session"),
    user: z.strictObject({
      id: idOf("user"),
      name: z.string(),
      email: z.string(),
      has_factor: z.boolean(),
      factors: z.array(z.enum(["app", "passkey"])),
    }),
    factor_required: z.boolean(),
    is_fresh: z.boolean(),
  }),
  handle({ context }) {
    const { id, user, times } = sessionOf(context);
    const nowMs = context.get("services").clock.nowMs();
    return Promise.resolve({
      id,
      user: {
        id: user.id,
        name: user.name,
        email: user.email,
        has_factor: user.hasFactor,
        factors: [...(user.hasApp ? (["app"] as const) : []), ...(user.hasPasskey ? (["passkey"] as const) : [])],
      },
      factor_required: user.hasFactor && times.factorAtMs === null,
      is_fresh: isFresh(times, user.hasFactor, nowMs),
    });
  },
});

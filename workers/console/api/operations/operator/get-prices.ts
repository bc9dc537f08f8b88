import { z } from "@hono/zod-openapi";
import { diffPrices } from "#catalog";
import { readPriceOverrides } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { instant, isoOrNull } from "../../schemas.ts";
import { changeShape, describeChange, overridesOf } from "./price-set.ts";

export const getPrices = operation({
  id: "getPrices",
  method: "get",
  path: "/operator/prices",
  tag: "Operators",
  summary: "What operators have set over the catalogue's prices, and what that changes now and later.",
  access: operator("prices.read"),
  status: 200,
  answer: z.strictObject({
    version: z.number(),
    reason: z.string().nullable(),
    set_at: instant.nullable(),
    changes: z.array(z.strictObject(changeShape)),
  }),
  async handle({ context }) {
    const { db, clock } = context.get("services");
    const { version, entries, reason, createdAt } = await readPriceOverrides(db);
    const changes = diffPrices(overridesOf(0, []), overridesOf(version, entries), clock.nowMs());
    return { version, reason, set_at: isoOrNull(createdAt), changes: changes.map(describeChange) };
  },
});

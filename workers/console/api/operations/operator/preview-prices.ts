import { z } from "@hono/zod-openapi";
import { diffPrices } from "#catalog";
import { readPriceOverrides } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { changeShape, describeChange, digestOf, overridesOf, priceEntries, storedEntries } from "./price-set.ts";

export const previewPrices = operation({
  id: "previewPrices",
  method: "post",
  path: "/operator/prices/preview",
  tag: "Operators",
  summary: "What these prices would change, at every instant at which one begins. Sets nothing.",
  access: operator("prices.read"),
  body: z.strictObject({ entries: priceEntries }),
  status: 200,
  answer: z.strictObject({
    base_version: z.number(),
    digest: z.string(),
    changes: z.array(z.strictObject(changeShape)),
  }),
  async handle({ context, body }) {
    const { db, clock } = context.get("services");
    const current = await readPriceOverrides(db);
    const entries = storedEntries(body.entries);
    const before = overridesOf(current.version, current.entries);
    const changes = diffPrices(before, overridesOf(current.version + 1, entries), clock.nowMs());
    return {
      base_version: current.version,
      digest: await digestOf(current.version, entries),
      changes: changes.map(describeChange),
    };
  },
});

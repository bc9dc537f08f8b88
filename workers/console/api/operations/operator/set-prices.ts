import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { setPriceOverrides } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { reason } from "./operated-organization.ts";
import { digestOf, priceEntries, storedEntries } from "./price-set.ts";

/** Isolates have them within half a minute; running calls keep the prices that they were held for. */
export const setPrices = operation({
  id: "setPrices",
  method: "post",
  path: "/operator/prices",
  tag: "Operators",
  summary: "Set the prices that were previewed, all at once, in the place of all that were set before.",
  access: freshOperator("prices.set"),
  body: z.strictObject({
    base_version: z.int().min(0),
    digest: z.string().regex(/^[0-9a-f]{64}$/, "is no digest of a preview"),
    entries: priceEntries,
    reason,
  }),
  status: 201,
  answer: z.strictObject({ version: z.number() }),
  async handle({ context, body }) {
    const entries = storedEntries(body.entries);
    if (body.digest !== (await digestOf(body.base_version, entries)))
      throw new AppError("not_possible", {
        param: "digest",
        params: { reason: "these are other prices than were previewed." },
      });
    const version = await setPriceOverrides(databaseOf(context), body.base_version, entries, body.reason);
    if (version === null) throw new AppError("version_conflict");
    return { version };
  },
});

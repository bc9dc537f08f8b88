import { z } from "@hono/zod-openapi";
import { diffPrices } from "#catalog";
import { AppError } from "#kernel";
import { readPriceOverrides, setPriceOverrides } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf, type ApiContext } from "../../context.ts";
import { operation } from "../../operation.ts";
import { reason } from "./operated-organization.ts";
import { digestOf, overridesOf, priceEntries, storedEntries } from "./price-set.ts";

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
    /** Has to be said where the preview says of a change that it is below the list. */
    accept_below_list: z.boolean().optional(),
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
    await checkList(context, entries, body.accept_below_list === true);
    const version = await setPriceOverrides(databaseOf(context), body.base_version, entries, body.reason);
    if (version === null) throw new AppError("version_conflict");
    return { version };
  },
});

async function checkList(context: ApiContext, entries: readonly unknown[], isAccepted: boolean): Promise<void> {
  const { db, clock } = context.get("services");
  const current = await readPriceOverrides(db);
  const before = overridesOf(current.version, current.entries);
  const changes = diffPrices(before, overridesOf(current.version + 1, entries), clock.nowMs());
  const below = changes.find(({ isBelowList }) => isBelowList);
  if (below === undefined || isAccepted) return;
  const reason = `${below.endpoint} would be sold below its list price; say so with 'accept_below_list'.`;
  throw new AppError("not_possible", { param: "accept_below_list", params: { reason } });
}

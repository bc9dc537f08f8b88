import { z } from "@hono/zod-openapi";
import { readReceiptPage } from "#store";
import { member } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { inOrganization } from "../organizations/organization.ts";
import { describeReceipt, receiptShape } from "./receipt.ts";
import { filterQuery, filtersOf, rangeOf, rangeQuery, zoneOf } from "./usage-query.ts";

export const listReceipts = operation({
  id: "listReceipts",
  method: "get",
  path: "/organizations/{org}/receipts",
  tag: "Usage",
  summary: "The receipts of calls that began in a range, newest first, as they stand after corrections.",
  access: member("usage.read"),
  params: inOrganization,
  query: z.strictObject({ ...rangeQuery, ...filterQuery, ...pageQuery }),
  status: 200,
  answer: pageOf(z.strictObject(receiptShape)),
  async handle({ context, params, query }) {
    const { db, clock } = context.get("services");
    const { fromMs, toMs } = rangeOf(query, await zoneOf(db, params.org, query), clock.nowMs());
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      readReceiptPage(db, {
        orgId: params.org,
        range: { from: new Date(fromMs), to: new Date(toMs) },
        filters: filtersOf(query),
        before: query.cursor ?? null,
        limit,
      }),
    );
    return { data: rows.map(describeReceipt), next_cursor: nextCursor };
  },
});

import { z } from "@hono/zod-openapi";
import { readReceiptPage } from "#store";
import { consoleLogger } from "../../../../http/logger.ts";
import { member } from "../../access.ts";
import { fileOperation } from "../../operation.ts";
import { inOrganization } from "../organizations/organization.ts";
import { receiptsFile } from "./receipts-file.ts";
import { filterQuery, filtersOf, rangeOf, rangeQuery, zoneOf } from "./usage-query.ts";

export const exportReceipts = fileOperation({
  id: "exportReceipts",
  method: "get",
  path: "/organizations/{org}/receipts/export",
  tag: "Usage",
  summary:
    "The receipts of a range as CSV (RFC 4180), newest first. A last line whose first cell is `incomplete` says that it was cut off, and why.",
  access: member("usage.read"),
  params: inOrganization,
  query: z.strictObject({ ...rangeQuery, ...filterQuery }),
  mediaType: "text/csv",
  fileName: "receipts.csv",
  async handle({ context, params, query }) {
    const { db, clock } = context.get("services");
    const { fromMs, toMs } = rangeOf(query, await zoneOf(db, params.org, query), clock.nowMs());
    const page = {
      orgId: params.org,
      range: { from: new Date(fromMs), to: new Date(toMs) },
      filters: filtersOf(query),
    };
    return receiptsFile({
      readPage: (before, limit) => readReceiptPage(db, { ...page, before, limit }),
      onFault: () =>
        consoleLogger("error", {
          message: "receipts_export_cut_off",
          request_id: context.get("requestId"),
          error_code: "internal_error",
        }),
    });
  },
});

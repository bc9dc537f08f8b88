import { z } from "@hono/zod-openapi";
import { formatUsd, nanoUsd } from "#kernel";
import { listOpenDifferences } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { idOf, instant } from "../../schemas.ts";

export const listDifferences = operation({
  id: "listDifferences",
  method: "get",
  path: "/operator/differences",
  tag: "Operators",
  summary: "What Account objects and the ledger disagree about and nobody has closed yet, newest first.",
  access: operator("adjustments.read"),
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(
    z.strictObject({
      id: idOf("difference"),
      org_id: z.string(),
      kind: z.string(),
      amount_usd: z.string(),
      balance_usd: z.string(),
      receipt_id: z.string().nullable(),
      transaction_id: z.string().nullable(),
      found_at: instant,
    }),
  ),
  async handle({ context, query }) {
    const { db } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) =>
      listOpenDifferences(db, query.cursor ?? null, limit),
    );
    const data = rows.map((difference) => ({
      id: difference.id,
      org_id: difference.orgId,
      kind: difference.kind,
      amount_usd: formatUsd(nanoUsd(difference.amountNano)),
      balance_usd: formatUsd(nanoUsd(difference.balanceNano)),
      receipt_id: difference.receiptId,
      transaction_id: difference.transactionId,
      found_at: difference.foundAt.toISOString(),
    }));
    return { data, next_cursor: nextCursor };
  },
});

import { z } from "@hono/zod-openapi";
import { listProposals } from "#store";
import { operator } from "../../access.ts";
import { operation } from "../../operation.ts";
import { pageOf, pageQuery, readPage } from "../../pages.ts";
import { describeProposal, proposalShape } from "./adjustment.ts";

export const listAdjustments = operation({
  id: "listAdjustments",
  method: "get",
  path: "/operator/adjustments",
  tag: "Operators",
  summary: "Adjustments of wallets that were proposed, newest first, and what became of them.",
  access: operator("adjustments.read"),
  query: z.strictObject(pageQuery),
  status: 200,
  answer: pageOf(z.strictObject(proposalShape)),
  async handle({ context, query }) {
    const { db, clock } = context.get("services");
    const { rows, nextCursor } = await readPage(query.limit, (limit) => listProposals(db, query.cursor ?? null, limit));
    return { data: rows.map((row) => describeProposal(row, clock.nowMs())), next_cursor: nextCursor };
  },
});

import { z } from "@hono/zod-openapi";
import { AppError, newId, nanoUsd, parseUsd } from "#kernel";
import { findOpenDifference, findProposal, proposeAdjustment as propose } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeProposal, proposalShape, signedUsd } from "./adjustment.ts";
import { reason } from "./operated-organization.ts";

export const proposeAdjustment = operation({
  id: "proposeAdjustment",
  method: "post",
  path: "/operator/adjustments",
  tag: "Operators",
  summary: "Ask another operator to close a difference by giving the wallet an amount (docs/reconcile.md).",
  access: freshOperator("adjustments.propose"),
  isIdempotent: true,
  body: z.strictObject({
    org_id: idOf("organization"),
    difference_id: idOf("difference"),
    amount_usd: signedUsd,
    reason,
  }),
  status: 201,
  answer: z.strictObject(proposalShape),
  async handle({ context, body }) {
    const { db, clock, random } = context.get("services");
    const amountNano = parseUsd(body.amount_usd) ?? nanoUsd(0n);
    const { org_id: orgId, difference_id: differenceId } = body;
    const difference = await findOpenDifference(db, orgId, differenceId);
    if (difference === null) throw new AppError("not_found", { param: "difference_id" });
    const bounds = [0n, difference.amountNano, difference.balanceNano];
    if (bounds.every((bound) => bound < amountNano) || bounds.every((bound) => bound > amountNano)) {
      const params = { param: "amount_usd", reason: "does not lie between nothing and what the difference is off by" };
      throw new AppError("invalid_parameter", { param: "amount_usd", params });
    }
    const id = newId("proposal", clock, random);
    await propose(databaseOf(context), { id, orgId, differenceId, amountNano, reason: body.reason });
    const proposal = await findProposal(db, id);
    if (proposal === null) throw new AppError("not_found");
    return describeProposal(proposal, clock.nowMs());
  },
});

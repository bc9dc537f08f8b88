import { z } from "@hono/zod-openapi";
import { AppError, newId, nanoUsd, parseUsd } from "#kernel";
import { findProposal, proposeAdjustment as propose } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeProposal, proposalShape, signedUsd } from "./adjustment.ts";
import { reason } from "./operated-organization.ts";

/** A million USD: beyond it is a mistake of units (migrations/0022). */
const AMOUNT_NANO_MAX = 1_000_000_000_000_000n;

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
    if (amountNano > AMOUNT_NANO_MAX || amountNano < -AMOUNT_NANO_MAX) {
      const params = { param: "amount_usd", reason: "is more than a million USD" };
      throw new AppError("invalid_parameter", { param: "amount_usd", params });
    }
    const id = newId("proposal", clock, random);
    const { org_id: orgId, difference_id: differenceId } = body;
    await propose(databaseOf(context), { id, orgId, differenceId, amountNano, reason: body.reason });
    const proposal = await findProposal(db, id);
    if (proposal === null) throw new AppError("not_found");
    return describeProposal(proposal, clock.nowMs());
  },
});

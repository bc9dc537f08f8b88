import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { decideAdjustment, findProposal, type AdjustmentOutcome } from "#store";
import { freshOperator } from "../../access.ts";
import { databaseOf } from "../../context.ts";
import { operation } from "../../operation.ts";
import { idOf } from "../../schemas.ts";
import { describeProposal, proposalShape } from "./adjustment.ts";

/** Posts it. Repeating it says that it was decided: nothing is posted twice. */
export const approveAdjustment = decision(
  "approveAdjustment",
  "approve",
  true,
  "Approve and post what another operator proposed.",
);
export const rejectAdjustment = decision("rejectAdjustment", "reject", false, "Turn a proposal down.");

const REASONS: Readonly<Record<Exclude<AdjustmentOutcome, "approved" | "rejected">, string>> = {
  decided: "it was decided already.",
  expired: "it is older than seven days; propose it again.",
  closed: "another adjustment has closed the difference.",
  own: "another operator than who proposed it has to approve it.",
  proposer_gone: "who proposed it is no operator any more.",
};

function decision(id: string, verb: string, isApproval: boolean, summary: string) {
  return operation({
    id,
    method: "post",
    path: `/operator/adjustments/{proposal}/${verb}`,
    tag: "Operators",
    summary,
    access: freshOperator("adjustments.approve"),
    params: z.strictObject({ proposal: idOf("proposal") }),
    status: 200,
    answer: z.strictObject(proposalShape),
    async handle({ context, params }) {
      const { db, clock, project } = context.get("services");
      const outcome = await decideAdjustment(databaseOf(context), params.proposal, isApproval);
      const proposal = outcome === null ? null : await findProposal(db, params.proposal);
      if (outcome === null || proposal === null) throw new AppError("not_found");
      if (outcome !== "approved" && outcome !== "rejected")
        throw new AppError("not_possible", { params: { reason: REASONS[outcome] } });
      // The Account object is told what it was off by.
      await project();
      return describeProposal(proposal, clock.nowMs());
    },
  });
}

import { z } from "@hono/zod-openapi";
import { formatUsd, nanoUsd, parseUsd } from "#kernel";
import type { AdjustmentProposal } from "#store";
import { idOf, instant, isoOrNull } from "../../schemas.ts";

/** An amount either way. */
export const signedUsd = z
  .string()
  .refine((text) => parseUsd(text) !== null, "is no amount in USD like '-0.000000001'")
  .openapi({ example: "-0.000000001" });

export const proposalShape = {
  id: idOf("proposal"),
  org_id: idOf("organization"),
  difference_id: idOf("difference"),
  amount_usd: z.string(),
  reason: z.string(),
  status: z.enum(["pending", "expired", "approved", "rejected"]),
  proposed_by: z.string(),
  created_at: instant,
  expires_at: instant,
  decided_by: z.string().nullable(),
  decided_at: instant.nullable(),
  adjustment_id: z.string().nullable(),
} as const;

export const describeProposal = (proposal: AdjustmentProposal, nowMs: number) => ({
  id: proposal.id,
  org_id: proposal.orgId,
  difference_id: proposal.differenceId,
  amount_usd: formatUsd(nanoUsd(proposal.amountNano)),
  reason: proposal.reason,
  status:
    proposal.status === "pending" && proposal.expiresAt.getTime() <= nowMs ? ("expired" as const) : proposal.status,
  proposed_by: proposal.proposedBy,
  created_at: proposal.createdAt.toISOString(),
  expires_at: proposal.expiresAt.toISOString(),
  decided_by: proposal.decidedBy,
  decided_at: isoOrNull(proposal.decidedAt),
  adjustment_id: proposal.adjustmentId,
});

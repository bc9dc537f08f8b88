import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, text } from "drizzle-orm/pg-core";
import { instant, nano } from "./columns.ts";
import { organization } from "./control.ts";
import { reconcileDifference } from "./reconcile.ts";

/** An adjustment that one operator asks another for: what is posted is what was proposed. */
export const adjustmentProposal = pgTable(
  "adjustment_proposal",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    differenceId: text("difference_id")
      .notNull()
      .references(() => reconcileDifference.id),
    amountNano: nano("amount_nano").notNull(),
    reason: text("reason").notNull(),
    /** Operators, by their ids. */
    proposedBy: text("proposed_by").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    status: text("status", { enum: ["pending", "approved", "rejected"] })
      .notNull()
      .default("pending"),
    decidedBy: text("decided_by"),
    decidedAt: instant("decided_at"),
    adjustmentId: text("adjustment_id"),
  },
  (table) => [
    index("adjustment_proposal_pending")
      .on(table.id)
      .where(sql`status = 'pending'`),
    check("adjustment_proposal_id_form", sql`id ~ '^prp_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("adjustment_proposal_reason_length", sql`char_length(reason) between 1 and 500`),
    check("adjustment_proposal_status_known", sql`status in ('pending', 'approved', 'rejected')`),
    check("adjustment_proposal_two_operators", sql`status <> 'approved' or proposed_by <> decided_by`),
    check("adjustment_proposal_decided_whole", sql`(status = 'pending') = (decided_by is null)`),
  ],
);

/**
 * What operators keep calls from: providers or single endpoints, by name. Each row is a whole set; the highest version
 * replaces all before it. Rows never change.
 */
export const providerStop = pgTable(
  "provider_stop",
  {
    version: bigint("version", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    targets: text("targets").array().notNull(),
    reason: text("reason").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  () => [
    check("provider_stop_targets_few", sql`cardinality(targets) <= 100`),
    check("provider_stop_reason_length", sql`char_length(reason) between 1 and 500`),
  ],
);

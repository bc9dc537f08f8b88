import { sql } from "drizzle-orm";
import { bigint, check, index, pgTable, text } from "drizzle-orm/pg-core";
import { instant, nano } from "./columns.ts";
import { ledgerTransaction } from "./ledger.ts";
import { organization } from "./control.ts";

/** What an organization's Account object and the ledger disagree about (docs/reconcile.md). Rows never change. */
export const RECONCILE_KINDS = [
  "balance",
  "memory",
  "credit",
  "posting",
  "unbalanced",
  "cache",
  "receipt",
  "missing",
] as const;

export const reconcileDifference = pgTable(
  "reconcile_difference",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id").notNull(),
    kind: text("kind", { enum: RECONCILE_KINDS }).notNull(),
    /** What is too much (or too little) where the kind says so. */
    amountNano: nano("amount_nano").notNull(),
    /** By how much it sets the object's balance above the ledger's wallet. */
    balanceNano: nano("balance_nano").notNull(),
    receiptId: text("receipt_id"),
    transactionId: text("transaction_id"),
    foundAt: instant("found_at").notNull().defaultNow(),
  },
  (table) => [
    index("reconcile_difference_org").on(table.orgId, table.foundAt),
    check("reconcile_difference_id_form", sql`id ~ '^dif_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check(
      "reconcile_difference_kind_known",
      sql`kind in ('balance', 'memory', 'credit', 'posting', 'unbalanced', 'cache', 'receipt', 'missing')`,
    ),
    // A receipt that costs nothing can be missing too.
    check("reconcile_difference_not_zero", sql`amount_nano <> 0 or kind = 'missing'`),
    check("reconcile_difference_receipt_named", sql`(kind in ('receipt', 'missing')) = (receipt_id is not null)`),
  ],
);

/** The posting by which two operators closed one difference. Rows never change. */
export const ledgerAdjustment = pgTable(
  "ledger_adjustment",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id").notNull(),
    differenceId: text("difference_id")
      .notNull()
      .unique()
      .references(() => reconcileDifference.id),
    /** What the wallet got in the ledger, against suspense. */
    amountNano: nano("amount_nano").notNull(),
    /** What the Account object was told to add to its balance. */
    objectNano: nano("object_nano").notNull(),
    reason: text("reason").notNull(),
    /** Two operators, by their ids. */
    proposedBy: text("proposed_by").notNull(),
    approvedBy: text("approved_by").notNull(),
    transactionId: text("transaction_id")
      .notNull()
      .references(() => ledgerTransaction.id),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("ledger_adjustment_org").on(table.orgId),
    check("ledger_adjustment_id_form", sql`id ~ '^adj_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("ledger_adjustment_reason_length", sql`char_length(reason) between 1 and 500`),
    check("ledger_adjustment_two_operators", sql`proposed_by <> approved_by`),
  ],
);

/** How far the cron has come with an organization, so that every one has its turn. */
export const reconcileProgress = pgTable(
  "reconcile_progress",
  {
    orgId: text("org_id")
      .primaryKey()
      .references(() => organization.id),
    /** When it was last looked at, comparable or not. */
    checkedAt: instant("checked_at").notNull(),
    /** Where the next comparison of receipts begins in the object's memory; 0: at its beginning. */
    endedCursor: bigint("ended_cursor", { mode: "number" }).notNull().default(0),
  },
  (table) => [index("reconcile_progress_checked").on(table.checkedAt)],
);

import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { instant, nano } from "./columns.ts";

/**
 * One receipt per admitted request. Partitioned by month of `occurred_at`, which is the time inside the id, so the pair
 * is as unique as the id alone. No foreign keys: `post_usage` is the only writer and this is the busiest table.
 */
export const usageReceipt = pgTable(
  "usage_receipt",
  {
    receiptId: text("receipt_id").notNull(),
    occurredAt: instant("occurred_at").notNull(),
    orgId: text("org_id").notNull(),
    keyId: text("key_id").notNull(),
    mode: text("mode", { enum: ["live", "test"] }).notNull(),
    operation: text("operation").notNull(),
    streamed: boolean("streamed").notNull(),
    model: text("model").notNull(),
    priceVersion: text("price_version").notNull(),
    provider: text("provider"),
    endpoint: text("endpoint"),
    kind: text("kind", { enum: ["measured", "estimated", "unobserved"] }).notNull(),
    outcome: text("outcome").notNull(),
    status: smallint("status").notNull(),
    errorCode: text("error_code"),
    units: jsonb("units").notNull(),
    heldNano: nano("held_nano").notNull(),
    costNano: nano("cost_nano").notNull(),
    upstreamCostNano: nano("upstream_cost_nano").notNull(),
    attempts: jsonb("attempts").notNull(),
    flags: jsonb("flags").notNull(),
    /** Matches of the key's guardrails by kind, never what matched; null where none looked. */
    guardrails: jsonb("guardrails"),
    firstByteMs: integer("first_byte_ms"),
    durationMs: integer("duration_ms").notNull(),
    /** The ledger transaction of the flush that brought it. */
    transactionId: text("transaction_id").notNull(),
    recordedAt: instant("recorded_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.receiptId, table.occurredAt] }),
    index("usage_receipt_org").on(table.orgId, table.occurredAt),
    check("usage_receipt_mode_known", sql`mode in ('live', 'test')`),
    check("usage_receipt_kind_known", sql`kind in ('measured', 'estimated', 'unobserved')`),
    check(
      "usage_receipt_outcome_known",
      sql`outcome in ('completed', 'aborted', 'interrupted', 'failed', 'unobserved')`,
    ),
    check("usage_receipt_amounts_not_negative", sql`cost_nano >= 0 and upstream_cost_nano >= 0 and held_nano >= 0`),
    check("usage_receipt_durations_not_negative", sql`duration_ms >= 0 and first_byte_ms >= 0`),
    check(
      "usage_receipt_json_forms",
      sql`jsonb_typeof(units) = 'object' and jsonb_typeof(attempts) = 'array' and jsonb_typeof(flags) = 'array'`,
    ),
    check("usage_receipt_guardrails_form", sql`jsonb_typeof(guardrails) = 'object'`),
  ],
);

/** A settle that came after its hold was swept: the signed difference to the receipt it belongs to. */
export const receiptCorrection = pgTable(
  "receipt_correction",
  {
    id: text("id").primaryKey(),
    occurredAt: instant("occurred_at").notNull(),
    receiptId: text("receipt_id").notNull(),
    receiptOccurredAt: instant("receipt_occurred_at").notNull(),
    orgId: text("org_id").notNull(),
    costDeltaNano: nano("cost_delta_nano").notNull(),
    upstreamCostDeltaNano: nano("upstream_cost_delta_nano").notNull(),
    /** The late figures as they came (`ReceiptEnd`): units, costs, provider, attempts, outcome. */
    end: jsonb("end").notNull(),
    transactionId: text("transaction_id").notNull(),
    recordedAt: instant("recorded_at").notNull().defaultNow(),
  },
  (table) => [
    index("receipt_correction_receipt").on(table.receiptId),
    index("receipt_correction_org").on(table.orgId, table.occurredAt),
    // Usage counts a correction where its receipt is.
    index("receipt_correction_org_receipt").on(table.orgId, table.receiptOccurredAt),
    check("receipt_correction_end_form", sql`jsonb_typeof("end") = 'object'`),
  ],
);

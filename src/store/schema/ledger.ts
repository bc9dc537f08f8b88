import { sql } from "drizzle-orm";
import { check, index, jsonb, pgTable, primaryKey, smallint, text, unique } from "drizzle-orm/pg-core";
import { instant, nano } from "./columns.ts";

/** One account of the ledger, of one asset. `org_id` is null for the platform's own accounts. Rows never change. */
export const ledgerAccount = pgTable(
  "ledger_account",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id"),
    /** From the chart of accounts (src/ledger/chart.ts). */
    name: text("name").notNull(),
    /** The other side where an account is kept per partner (a provider, a payment provider); empty otherwise. */
    party: text("party").notNull().default(""),
    asset: text("asset").notNull().default("USD"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("ledger_account_identity").on(table.orgId, table.name, table.party, table.asset).nullsNotDistinct(),
  ],
);

/**
 * The cached balance of an organization's account: Σ of its entries, debits positive, so a wallet with money is
 * negative. Only the journal's own trigger writes it. Platform accounts have none: they are summed from the journal.
 */
export const ledgerBalance = pgTable("ledger_balance", {
  accountId: text("account_id")
    .primaryKey()
    .references(() => ledgerAccount.id),
  balanceNano: nano("balance_nano").notNull(),
  updatedAt: instant("updated_at").notNull().defaultNow(),
});

const TRANSACTION_KINDS = ["usage", "credit", "expiry", "adjustment"] as const;

/** One posting. The same idempotency key with other input is an error; with the same input it changes nothing. */
export const ledgerTransaction = pgTable(
  "ledger_transaction",
  {
    id: text("id").primaryKey(),
    kind: text("kind", { enum: TRANSACTION_KINDS }).notNull(),
    orgId: text("org_id").notNull(),
    idempotencyKey: text("idempotency_key").notNull().unique(),
    /** SHA-256 of the input's canonical `jsonb` text, hex. */
    inputHash: text("input_hash").notNull(),
    /** What the posting function answered, so that a repeat answers the same. Counts, amounts and opaque ids only. */
    result: jsonb("result").notNull(),
    postedAt: instant("posted_at").notNull().defaultNow(),
  },
  (table) => [
    index("ledger_transaction_org").on(table.orgId, table.postedAt),
    check("ledger_transaction_kind_known", sql`kind in ('usage', 'credit', 'expiry', 'adjustment')`),
  ],
);

/**
 * One leg of a posting: debits positive, credits negative. Σ per transaction and asset is zero at commit.
 * `account_id` has no foreign key: its row locks on the platform's accounts would make every posting wait for every
 * other; the commit-time check refuses an unknown account instead.
 */
export const ledgerEntry = pgTable(
  "ledger_entry",
  {
    transactionId: text("transaction_id")
      .notNull()
      .references(() => ledgerTransaction.id),
    line: smallint("line").notNull(),
    accountId: text("account_id").notNull(),
    amountNano: nano("amount_nano").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.transactionId, table.line] }),
    index("ledger_entry_account").on(table.accountId),
    check("ledger_entry_not_zero", sql`amount_nano <> 0`),
  ],
);

/** One credit to a wallet, a lot of its own kind and end: what the Account object is told, once per id. */
export const walletCredit = pgTable(
  "wallet_credit",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id").notNull(),
    /** `plan` and `paid` are for billing: `post_credit` refuses them until it posts their legs. */
    kind: text("kind", { enum: ["promo", "plan", "paid"] }).notNull(),
    amountNano: nano("amount_nano").notNull(),
    /** Lower is used first: plan 0, promo 10, paid 20. */
    priority: smallint("priority").notNull().default(10),
    /** When what is left of it is gone; null: never. */
    expiresAt: instant("expires_at"),
    transactionId: text("transaction_id")
      .notNull()
      .references(() => ledgerTransaction.id),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("wallet_credit_org").on(table.orgId),
    check("wallet_credit_positive", sql`amount_nano > 0`),
    check("wallet_credit_priority_known", sql`priority between 0 and 1000`),
    check("wallet_credit_kind_known", sql`kind in ('promo', 'plan', 'paid')`),
  ],
);

/**
 * Credit that ended unused and left the wallet: told by the Account object, once per id. Rows never change. No foreign
 * key: the rows that were new are known before the transaction that posts them.
 */
export const creditExpiry = pgTable(
  "credit_expiry",
  {
    id: text("id").primaryKey(),
    occurredAt: instant("occurred_at").notNull(),
    orgId: text("org_id").notNull(),
    amountNano: nano("amount_nano").notNull(),
    /** When it was to end; calls that ran may have held it for a while longer. */
    expiredAt: instant("expired_at").notNull(),
    transactionId: text("transaction_id").notNull(),
    recordedAt: instant("recorded_at").notNull().defaultNow(),
  },
  (table) => [
    index("credit_expiry_org").on(table.orgId),
    check("credit_expiry_id_form", sql`id ~ '^exp_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("credit_expiry_time_is_in_id", sql`extract(epoch from occurred_at) * 1000 = typeid_time_ms(id)`),
    check("credit_expiry_positive", sql`amount_nano > 0`),
  ],
);

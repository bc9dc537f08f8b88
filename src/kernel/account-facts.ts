/** What an Account object tells the ledger beside receipts. JSON-ready, snake_case, amounts as integer text. */

/** A budget's use crossed a mark. At most one per scope, period and mark. */
export interface BudgetAlert {
  /** `alt_…` */
  readonly id: string;
  readonly occurred_at: string;
  readonly org_id: string;
  /** `organization`, `member <id>`, `tag <name>` or `key <id>`. */
  readonly scope: string;
  readonly period: "day" | "week" | "month" | "total";
  /** Which one: `2026-11-22`, `W2026-11-16`, `2026-11`, `total`. */
  readonly period_name: string;
  readonly percent: 50 | 80 | 100;
  readonly limit_nano: string;
  readonly spent_nano: string;
}

/** Credit that ran out unused: it leaves the wallet. */
export interface CreditExpiry {
  /** `exp_…` */
  readonly id: string;
  readonly occurred_at: string;
  readonly org_id: string;
  /** Above zero. */
  readonly amount_nano: string;
  /** When it was to expire; it may have been held by running calls for a while longer. */
  readonly expired_at: string;
}

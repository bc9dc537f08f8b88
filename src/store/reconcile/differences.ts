import { sql } from "drizzle-orm";
import { z } from "zod";
import type { NanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { RECONCILE_KINDS } from "../schema/reconcile.ts";
import { askJson, nano } from "./ask-json.ts";

export type DifferenceKind = (typeof RECONCILE_KINDS)[number];

/** One thing that object and ledger, or the ledger within itself, disagree about (docs/reconcile.md says what each kind is). */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly amountNano: NanoUsd;
  /** By how much it sets the object's balance above the ledger's wallet. */
  readonly balanceNano: NanoUsd;
  readonly receiptId: string | null;
  readonly transactionId: string | null;
}

export interface RecordedDifference extends Difference {
  readonly id: string;
  /** Found for the first time. */
  readonly isNew: boolean;
}

/** What adjustments have closed of one difference that stays visible, in all. */
export interface Explained {
  readonly kind: DifferenceKind;
  readonly amountNano: NanoUsd;
  readonly receiptId: string | null;
  readonly transactionId: string | null;
}

/** Differences of one look that are recorded; the next look records the rest. */
const DIFFERENCES_MAX = 1_000;

const explained = z.array(
  z.object({
    kind: z.enum(RECONCILE_KINDS),
    amount_nano: nano,
    receipt_id: z.string().nullable(),
    transaction_id: z.string().nullable(),
  }),
);

/** What operators have closed of an organization's differences. */
export async function readExplained(db: Database, orgId: string): Promise<Explained[]> {
  const statement = sql`
    select coalesce(jsonb_agg(to_jsonb(closed)), '[]')::text as answer from (
      select d.kind, d.receipt_id, d.transaction_id, sum(d.amount_nano)::text as amount_nano
      from reconcile_difference d join ledger_adjustment a on a.difference_id = d.id
      where d.org_id = ${orgId} group by 1, 2, 3
    ) closed`;
  const rows = await askJson(db, statement, explained);
  return rows.map(({ kind, amount_nano, receipt_id, transaction_id }) => ({
    kind,
    amountNano: amount_nano,
    receiptId: receipt_id,
    transactionId: transaction_id,
  }));
}

const recorded = z.array(z.object({ id: z.string(), is_new: z.boolean() }));

/** Records what was found, each once while it is open. */
export async function recordDifferences(
  db: Database,
  orgId: string,
  found: readonly Difference[],
): Promise<RecordedDifference[]> {
  if (found.length === 0) return [];
  const kept = found.slice(0, DIFFERENCES_MAX);
  const rows = kept.map(({ kind, amountNano, balanceNano, receiptId, transactionId }) => ({
    kind,
    amount_nano: amountNano.toString(),
    balance_nano: balanceNano.toString(),
    receipt_id: receiptId,
    transaction_id: transactionId,
  }));
  const statement = sql`select record_differences(${orgId}, ${JSON.stringify(rows)}::jsonb)::text as answer`;
  const ids = await askJson(db, statement, recorded);
  return kept.flatMap((difference, index) => {
    const row = ids[index];
    return row === undefined ? [] : [{ ...difference, id: row.id, isNew: row.is_new }];
  });
}

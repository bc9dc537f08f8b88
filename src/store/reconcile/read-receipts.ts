import { sql } from "drizzle-orm";
import { z } from "zod";
import { idTimeMs, type NanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { askJson, nano } from "./ask-json.ts";

export interface RecordedReceipt {
  readonly id: string;
  readonly costNano: NanoUsd;
  readonly transactionId: string;
}

const receipts = z.array(z.object({ id: z.string(), cost_nano: nano, transaction_id: z.string() }));

const decoded = (rows: z.output<typeof receipts>): RecordedReceipt[] =>
  rows.map(({ id, cost_nano, transaction_id }) => ({ id, costNano: cost_nano, transactionId: transaction_id }));

/** The organization's recorded receipts of these ids, by their partitions' key. */
export async function readReceipts(db: Database, orgId: string, ids: readonly string[]): Promise<RecordedReceipt[]> {
  if (ids.length === 0) return [];
  const wanted = JSON.stringify(ids.map((id) => ({ id, occurred_at: new Date(idTimeMs(id)).toISOString() })));
  const statement = sql`
    select coalesce(jsonb_agg(jsonb_build_object('id', r.receipt_id, 'cost_nano', r.cost_nano::text,
      'transaction_id', r.transaction_id)), '[]')::text as answer
    from jsonb_to_recordset(${wanted}::jsonb) as w(id text, occurred_at timestamptz)
    join usage_receipt r on r.receipt_id = w.id and r.occurred_at = w.occurred_at and r.org_id = ${orgId}`;
  return decoded(await askJson(db, statement, receipts));
}

/** All receipts that these transactions brought; a flush holds a bounded number. */
export async function readReceiptsOf(
  db: Database,
  orgId: string,
  transactionIds: readonly string[],
): Promise<RecordedReceipt[]> {
  if (transactionIds.length === 0) return [];
  const statement = sql`
    select coalesce(jsonb_agg(jsonb_build_object('id', receipt_id, 'cost_nano', cost_nano::text,
      'transaction_id', transaction_id)), '[]')::text as answer
    from usage_receipt where org_id = ${orgId}
      and transaction_id in (select jsonb_array_elements_text(${JSON.stringify(transactionIds)}::jsonb))`;
  return decoded(await askJson(db, statement, receipts));
}

/** How many calls since an instant nobody saw the end of. */
export async function countUnobserved(db: Database, orgId: string, since: Date): Promise<number> {
  const statement = sql`
    select count(*)::text as answer from usage_receipt
    where org_id = ${orgId} and kind = 'unobserved' and occurred_at >= ${since.toISOString()}::timestamptz`;
  return askJson(db, statement, z.int());
}

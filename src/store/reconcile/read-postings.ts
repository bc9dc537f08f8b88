import { sql } from "drizzle-orm";
import { z } from "zod";
import type { NanoUsd } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { askJson, nano } from "./ask-json.ts";

/** Transactions of a kind of fault that one look names. */
const FAULTS_MAX = 1_000;
/** Receipts of a window's transactions that began so much before it are looked for by the transaction alone. */
const RECEIPTS_BEFORE_HOURS = 48;

/** What is wrong within the ledger itself, in one organization. */
export interface LedgerFaults {
  /** Transactions whose wallet entries are not what receipts, corrections, expiries, credits and adjustments say. */
  readonly postings: readonly TransactionFault[];
  /** Transactions that do not sum to zero. */
  readonly unbalanced: readonly TransactionFault[];
  /** Cached balances less their journals, where they differ. */
  readonly caches: readonly NanoUsd[];
  /** False where there are more postings than one look names: then nobody knows what they make together. */
  readonly isWhole: boolean;
}

export interface TransactionFault {
  readonly transactionId: string;
  /** What is too much: of the wallet's entries, or of all. */
  readonly amountNano: NanoUsd;
}

const transactionFaults = z.array(z.object({ transaction_id: z.string(), amount_nano: nano }));
const faults = z.object({ postings: transactionFaults, unbalanced: transactionFaults, caches: z.array(nano) });

/**
 * Looks through the organization's transactions since an instant: each look is one snapshot, and each posting one commit,
 * so nothing is ever seen half.
 */
export async function readLedgerFaults(db: Database, orgId: string, since: Date): Promise<LedgerFaults> {
  const found = await askJson(db, faultsStatement(orgId, since, null), faults);
  if (found.postings.length === 0) return asFaults(found);
  // Their receipts may be older than the window: each of these is looked at alone, whenever its receipts were.
  const suspects = found.postings.map(({ transaction_id }) => transaction_id);
  const { postings } = await askJson(db, faultsStatement(orgId, null, suspects), faults);
  return asFaults({ ...found, postings });
}

function asFaults({ postings, unbalanced, caches }: z.output<typeof faults>): LedgerFaults {
  const named = (list: z.output<typeof transactionFaults>): TransactionFault[] =>
    list.map(({ transaction_id, amount_nano }) => ({ transactionId: transaction_id, amountNano: amount_nano }));
  return { postings: named(postings), unbalanced: named(unbalanced), caches, isWhole: postings.length < FAULTS_MAX };
}

function faultsStatement(orgId: string, since: Date | null, only: readonly string[] | null) {
  const sinceText = since?.toISOString() ?? null;
  const onlyText = only === null ? null : JSON.stringify(only);
  return sql`
    with asked as (select ${sinceText}::timestamptz as since, ${onlyText}::jsonb as ids),
    posted as (
      select t.id from ledger_transaction t, asked where t.org_id = ${orgId}
        and (asked.since is null or t.posted_at >= asked.since)
        and (asked.ids is null or t.id in (select jsonb_array_elements_text(asked.ids)))
    ), entries as (
      select p.id as transaction_id, a.asset, sum(e.amount_nano) as total,
        coalesce(sum(e.amount_nano) filter (where a.org_id = ${orgId} and a.name = 'wallet'), 0) as wallet
      from posted p join ledger_entry e on e.transaction_id = p.id left join ledger_account a on a.id = e.account_id
      group by p.id, a.asset
    ), said as (
      select r.transaction_id, r.cost_nano as nano from usage_receipt r, asked where r.org_id = ${orgId}
        and (asked.since is null or r.occurred_at >= asked.since - ${RECEIPTS_BEFORE_HOURS} * interval '1 hour')
        and (asked.ids is null or r.transaction_id in (select jsonb_array_elements_text(asked.ids)))
      union all select transaction_id, cost_delta_nano from receipt_correction where org_id = ${orgId}
      union all select transaction_id, amount_nano from credit_expiry where org_id = ${orgId}
      union all select transaction_id, -amount_nano from wallet_credit where org_id = ${orgId}
      union all select transaction_id, -amount_nano from ledger_adjustment where org_id = ${orgId}
    ), postings as (
      select coalesce(p.id, s.transaction_id) as transaction_id, (coalesce(e.wallet, 0) - coalesce(s.nano, 0))::text as amount_nano
      from posted p
        left join (select transaction_id, sum(wallet) as wallet from entries group by 1) e on e.transaction_id = p.id
        full join (select transaction_id, sum(nano) as nano from said group by 1) s on s.transaction_id = p.id
      -- What names a transaction of before the window is none of this look; one that is not there at all is a fault.
      where coalesce(e.wallet, 0) <> coalesce(s.nano, 0)
        and (p.id is not null or not exists (select from ledger_transaction t where t.id = s.transaction_id))
      order by 1 limit ${FAULTS_MAX}
    ), unbalanced as (
      -- The largest of its assets' sums: together they may well come to nothing.
      select distinct on (transaction_id) transaction_id, total::text as amount_nano from entries
      where asset is null or total <> 0 order by transaction_id, abs(total) desc limit ${FAULTS_MAX}
    ), caches as (
      select (b.balance_nano - coalesce((select sum(e.amount_nano) from ledger_entry e where e.account_id = a.id), 0))::text as nano
      from ledger_account a join ledger_balance b on b.account_id = a.id where a.org_id = ${orgId}
    )
    select jsonb_build_object(
      'postings', (select coalesce(jsonb_agg(to_jsonb(postings)), '[]') from postings),
      'unbalanced', (select coalesce(jsonb_agg(to_jsonb(unbalanced)), '[]') from unbalanced),
      'caches', (select coalesce(jsonb_agg(nano), '[]') from caches where nano <> '0')
    )::text as answer`;
}

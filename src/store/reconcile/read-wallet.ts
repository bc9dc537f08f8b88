import { sql } from "drizzle-orm";
import { z } from "zod";
import type { NanoUsd } from "#kernel";
import { spendableNano } from "#ledger";
import type { Database } from "../control-outbox.ts";
import { askJson, nano } from "./ask-json.ts";

/** Entries that an object may not have been told of yet; more are too many to ask about. */
export const UNAPPLIED_MAX = 1_000;

export interface WalletState {
  /** Differs wherever anything that is compared has changed since. */
  readonly version: string;
  /** Credits and adjustments that the object is not known to have heard of. */
  readonly unapplied: readonly { readonly entryId: string; readonly amountNano: NanoUsd }[];
}

/** The ledger's side of one organization's wallet at one instant. */
export interface WalletBooks extends WalletState {
  /** By the journal. */
  readonly balanceNano: NanoUsd;
  /** Credits, and what objects were told by adjustments. */
  readonly entriesNano: NanoUsd;
  /** Those of the flushes asked about that are posted. */
  readonly postedFlushes: readonly string[];
}

const state = z.object({
  version: z.string(),
  unapplied: z.array(z.object({ entry_id: z.string(), amount_nano: nano })),
});
const wallet = state.extend({ journal: nano, entries: nano, posted: z.array(z.string()) });

const FLUSH_PREFIX = "flush:";

/** The tables of a statement about one wallet. */
const walletTables = (orgId: string) => sql`
    with entry as (
      select count(*) as n, coalesce(sum(nano), 0) as total from (
        select amount_nano as nano from wallet_credit where org_id = ${orgId}
        union all select object_nano from ledger_adjustment where org_id = ${orgId} and object_nano <> 0
      ) e
    ), unapplied as (
      select seq, payload->>'entryId' as entry_id, payload->>'amountNano' as amount_nano from control_outbox
      where org_id = ${orgId} and applied_at is null and type in ('credit', 'adjustment')
      order by seq limit ${UNAPPLIED_MAX + 1}
    ), wallet as (
      select a.id, b.balance_nano, b.updated_at from ledger_account a join ledger_balance b on b.account_id = a.id
      where a.org_id = ${orgId} and a.name = 'wallet' and a.party = '' and a.asset = 'USD'
    ), state as (
      select concat_ws('/', wallet.balance_nano, wallet.updated_at, entry.n,
          (select string_agg(seq::text, ',' order by seq) from unapplied)) as version,
        (select coalesce(jsonb_agg(jsonb_build_object('entry_id', entry_id, 'amount_nano', amount_nano) order by seq), '[]')
          from unapplied) as unapplied
      from wallet cross join entry
    )`;

/** What to compare a later look with. Throws where the organization has no wallet, as the other. */
export async function readWalletState(db: Database, orgId: string): Promise<WalletState> {
  const statement = sql`${walletTables(orgId)}
    select jsonb_build_object('version', version, 'unapplied', unapplied)::text as answer from state`;
  return decodeState(await askJson(db, statement, state));
}

/** Reads them in one statement, so that they belong together. Throws where the organization has no wallet. */
export async function readWallet(db: Database, orgId: string, flushIds: readonly string[]): Promise<WalletBooks> {
  const keys = JSON.stringify(flushIds.map((id) => `${FLUSH_PREFIX}${id}`));
  const statement = sql`${walletTables(orgId)}
    select jsonb_build_object(
      'version', state.version, 'unapplied', state.unapplied, 'entries', entry.total::text,
      'journal', (select coalesce(sum(e.amount_nano), 0)::text from ledger_entry e where e.account_id = wallet.id),
      'posted', (select coalesce(jsonb_agg(t.idempotency_key), '[]') from ledger_transaction t
        where t.org_id = ${orgId} and t.idempotency_key in (select jsonb_array_elements_text(${keys}::jsonb)))
    )::text as answer from state cross join entry cross join wallet`;
  const found = await askJson(db, statement, wallet);
  return {
    ...decodeState(found),
    balanceNano: spendableNano(found.journal),
    entriesNano: found.entries,
    postedFlushes: found.posted.map((key) => key.slice(FLUSH_PREFIX.length)),
  };
}

function decodeState({ version, unapplied }: z.output<typeof state>): WalletState {
  return {
    version,
    unapplied: unapplied.map(({ entry_id, amount_nano }) => ({ entryId: entry_id, amountNano: amount_nano })),
  };
}

import type { OwnerQueries } from "../../../dev/database/owner-queries.ts";

/** What the poster knows without the database: how many receipts it sent, each once, and what they cost together. */
export interface Expected {
  readonly receipts: number;
  readonly costNano: bigint;
  readonly upstreamCostNano: bigint;
}

/** Triggers without which the books could be wrong and nobody would be told; each must fire ALWAYS. */
const GUARDS = [
  "ledger_account_append_only",
  "ledger_balance_guard",
  "ledger_entry_append_only",
  "ledger_entry_balances",
  "ledger_entry_follow_journal",
  "ledger_transaction_append_only",
  "usage_receipt_append_only",
  "usage_receipt_row_append_only",
];

const TOTALS = `select count(*)::text as receipts, coalesce(sum(cost_nano), 0)::text as cost,
  coalesce(sum(upstream_cost_nano), 0)::text as upstream from usage_receipt`;

/** Each names what is wrong, in rows that should not exist. */
const FAULTS: readonly (readonly [string, string])[] = [
  [
    "an organization's receipts are not what its wallet was debited",
    `select a.org_id from ledger_account a
       left join (select org_id, sum(cost_nano) as cost from usage_receipt group by 1) r on r.org_id = a.org_id
       left join (select e.account_id, sum(e.amount_nano) as debit from ledger_entry e
         join ledger_transaction t on t.id = e.transaction_id where t.kind = 'usage' group by 1) d on d.account_id = a.id
     where a.name = 'wallet' and coalesce(r.cost, 0) <> coalesce(d.debit, 0)`,
  ],
  [
    "a posting's receipts are not what it debited",
    `select r.transaction_id from (select transaction_id, org_id, sum(cost_nano) as cost from usage_receipt group by 1, 2) r
       left join ledger_account a on a.org_id = r.org_id and a.name = 'wallet'
       left join ledger_entry e on e.transaction_id = r.transaction_id and e.account_id = a.id
     where r.cost <> coalesce(e.amount_nano, 0)`,
  ],
  [
    "a provider's receipts are not what is owed to it",
    `select r.provider from (select provider, sum(upstream_cost_nano) as upstream from usage_receipt where provider is not null group by 1) r
       left join (select a.party, sum(e.amount_nano) as owed from ledger_entry e
         join ledger_account a on a.id = e.account_id where a.name = 'provider_payable' group by 1) p on p.party = r.provider
     where r.upstream <> -coalesce(p.owed, 0)`,
  ],
  [
    "a transaction does not sum to zero",
    `select e.transaction_id from ledger_entry e left join ledger_account a on a.id = e.account_id
     group by e.transaction_id, a.asset having a.asset is null or sum(e.amount_nano) <> 0`,
  ],
  [
    "a cached balance is not its journal",
    `select b.account_id from ledger_balance b
       left join (select account_id, sum(amount_nano) as total from ledger_entry group by 1) j on j.account_id = b.account_id
     where b.balance_nano <> coalesce(j.total, 0)`,
  ],
  ["a trigger is disabled", "select tgname from pg_trigger where tgenabled = 'D' limit 10"],
];

/** Answers what is wrong with the books, in words; empty when nothing is. */
export async function verifyBooks(owner: OwnerQueries, expected: Expected): Promise<string[]> {
  const faults: string[] = [];
  for (const [fault, sql] of FAULTS) {
    const rows = await owner.query<Record<string, string>>(sql);
    if (rows.length > 0) faults.push(`${fault}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  const guards = await owner.query<{ name: string }>(
    "select distinct tgname as name from pg_trigger where tgenabled = 'A' and not tgisinternal",
  );
  const missing = GUARDS.filter((guard) => !guards.some(({ name }) => name === guard));
  if (missing.length > 0) faults.push(`a guard does not fire always: ${missing.join(", ")}`);
  const [totals] = await owner.query<{ receipts: string; cost: string; upstream: string }>(TOTALS);
  const wanted = {
    receipts: String(expected.receipts),
    cost: expected.costNano.toString(),
    upstream: expected.upstreamCostNano.toString(),
  };
  if (JSON.stringify(totals) !== JSON.stringify(wanted))
    faults.push(`recorded ${JSON.stringify(totals)}, sent ${JSON.stringify(wanted)}`);
  return faults;
}

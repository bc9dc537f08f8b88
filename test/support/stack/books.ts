import { Client } from "pg";

/** One way to the ledger of a stack, as the role that reads everything. `bigint` columns come as text. */
export interface Ledger {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openLedger(databaseUrl: string): Promise<Ledger> {
  const client = new Client({ connectionString: databaseUrl });
  // A stack that is killed takes the connection with it; the failing query is what a test looks at.
  client.on("error", () => null);
  await client.connect();
  return {
    query: async <Row>(sql: string, params: readonly unknown[] = []) => {
      const { rows } = await client.query(sql, [...params]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller states the row type of its own SQL, as with pg
      return rows as Row[];
    },
    close: () => client.end(),
  };
}

export interface ReceiptRow {
  readonly id: string;
  readonly kind: string;
  readonly outcome: string;
  readonly cost_nano: string;
  readonly held_nano: string;
  readonly flags: readonly string[];
}

/** The receipts of one organization, with the sum of their corrections in `cost_nano`. */
export async function receiptsOf(ledger: Ledger, orgId: string): Promise<ReceiptRow[]> {
  return ledger.query<ReceiptRow>(
    `SELECT r.receipt_id AS id, r.kind, r.outcome, r.held_nano::text, r.flags,
       (r.cost_nano + coalesce((SELECT sum(c.cost_delta_nano) FROM receipt_correction c WHERE c.receipt_id = r.receipt_id), 0))::text AS cost_nano
     FROM usage_receipt r WHERE r.org_id = $1 ORDER BY r.receipt_id`,
    [orgId],
  );
}

/** What the ledger says of one organization; all amounts nano-USD. */
export interface Books {
  /** Transactions, of anybody, whose entries do not sum to zero. Invariant 1. */
  readonly unbalanced: number;
  /** Cached balances, of anybody, that are not the journal's. Invariant 1. */
  readonly drifted: number;
  readonly creditNano: bigint;
  /** Credit that ended unused. */
  readonly expiredNano: bigint;
  /** What usage postings took from the wallet. */
  readonly debitedNano: bigint;
  /** Sum of receipts and corrections. */
  readonly receiptsNano: bigint;
  /** What the organization may spend by the ledger. */
  readonly spendableNano: bigint;
  /** Receipt ids that stand there more than once. */
  readonly doubled: number;
  /** Receipts whose posting is not the one of a usage transaction of the organization. */
  readonly unposted: number;
}

const BOOKS = `
  SELECT
    (SELECT count(*) FROM (SELECT e.transaction_id FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
       GROUP BY e.transaction_id, a.asset HAVING sum(e.amount_nano) <> 0) AS u)::text AS unbalanced,
    (SELECT count(*) FROM ledger_balance b WHERE b.balance_nano <>
       (SELECT coalesce(sum(e.amount_nano), 0) FROM ledger_entry e WHERE e.account_id = b.account_id))::text AS drifted,
    (SELECT coalesce(sum(amount_nano), 0) FROM wallet_credit WHERE org_id = $1)::text AS credit_nano,
    (SELECT coalesce(sum(amount_nano), 0) FROM credit_expiry WHERE org_id = $1)::text AS expired_nano,
    (SELECT coalesce(sum(e.amount_nano), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
       JOIN ledger_transaction t ON t.id = e.transaction_id
       WHERE a.org_id = $1 AND a.name = 'wallet' AND t.kind = 'usage')::text AS debited_nano,
    (SELECT (SELECT coalesce(sum(cost_nano), 0) FROM usage_receipt WHERE org_id = $1)
       + (SELECT coalesce(sum(cost_delta_nano), 0) FROM receipt_correction WHERE org_id = $1))::text AS receipts_nano,
    (SELECT -b.balance_nano FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
       WHERE a.org_id = $1 AND a.name = 'wallet')::text AS spendable_nano,
    (SELECT count(*) - count(DISTINCT receipt_id) FROM usage_receipt)::text AS doubled,
    (SELECT count(*) FROM usage_receipt r WHERE r.org_id = $1 AND NOT EXISTS (SELECT FROM ledger_transaction t
       WHERE t.id = r.transaction_id AND t.kind = 'usage' AND t.org_id = $1))::text AS unposted`;

export async function readBooks(ledger: Ledger, orgId: string): Promise<Books> {
  const [row] = await ledger.query<Record<string, string>>(BOOKS, [orgId]);
  const amount = (name: string): bigint => BigInt(row?.[name] ?? "");
  return {
    unbalanced: Number(amount("unbalanced")),
    drifted: Number(amount("drifted")),
    creditNano: amount("credit_nano"),
    expiredNano: amount("expired_nano"),
    debitedNano: amount("debited_nano"),
    receiptsNano: amount("receipts_nano"),
    spendableNano: amount("spendable_nano"),
    doubled: Number(amount("doubled")),
    unposted: Number(amount("unposted")),
  };
}

/** What is wrong with the books against the object's balance; empty when invariants 1 and 4 of design MONEY section 6 hold. */
export function faultsOf(books: Books, objectBalanceNano: bigint): string[] {
  const checks: readonly [string, boolean][] = [
    ["transactions do not sum to zero", books.unbalanced === 0],
    ["cached balances are not the journal's", books.drifted === 0],
    ["receipts are not the usage postings", books.receiptsNano === books.debitedNano],
    [
      "receipts are not the object's debits",
      books.receiptsNano === books.creditNano - books.expiredNano - objectBalanceNano,
    ],
    ["the object's balance is not the ledger's wallet", books.spendableNano === objectBalanceNano],
    ["a receipt stands twice", books.doubled === 0],
    ["a receipt has no posting", books.unposted === 0],
  ];
  return checks.filter(([, holds]) => !holds).map(([name]) => name);
}

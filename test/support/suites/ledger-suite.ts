import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CREDIT_KINDS,
  encodeFlush,
  ORGANIZATION_ACCOUNTS,
  PARTNER_ACCOUNTS,
  PLATFORM_ACCOUNTS,
  unbalancedTransactions,
  type FlushItem,
} from "#ledger";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeCorrection, makeOrganization, makeReceipt, testId } from "../receipts.ts";

let db: TestDatabase;

interface Answer {
  readonly transaction_id: string;
  readonly inserted: number;
  readonly duplicates: number;
  readonly corrected: number;
  readonly cost_nano: string;
  readonly upstream_cost_nano: string;
  readonly repeated: boolean;
}

async function post(payload: unknown): Promise<Answer> {
  const [row] = await db.query<{ answer: Answer }>(
    "select post_usage($1::jsonb) as answer",
    [JSON.stringify(payload)],
    "gateway_app",
  );
  if (row === undefined) throw new Error("no answer");
  return row.answer;
}

const flushOf = (orgId: string, items: readonly FlushItem[], flushId = testId("flush")) =>
  encodeFlush(flushId, orgId, items);
const receipts = (...list: ReturnType<typeof makeReceipt>[]): FlushItem[] =>
  list.map((receipt) => ({ type: "receipt", receipt }));

async function legsOf(transactionId: string) {
  return db.query<{ account: string; amount: string }>(
    `select a.name || case when a.party = '' then '' else ':' || a.party end as account, e.amount_nano::text as amount
     from ledger_entry e join ledger_account a on a.id = e.account_id where e.transaction_id = $1 order by 1`,
    [transactionId],
  );
}

async function walletOf(orgId: string): Promise<bigint> {
  const [row] = await db.query<{ balance: string }>(
    `select b.balance_nano::text as balance from ledger_balance b join ledger_account a on a.id = b.account_id
     where a.org_id = $1 and a.name = 'wallet'`,
    [orgId],
  );
  return BigInt(row?.balance ?? "0");
}

async function countReceipts(orgId: string): Promise<number> {
  const [row] = await db.query<{ n: number }>("select count(*)::int as n from usage_receipt where org_id = $1", [
    orgId,
  ]);
  return row?.n ?? -1;
}

const refusedWith = (code: string) => expect.objectContaining({ code });

/** The ledger's behaviour, the same on PGlite and on real Postgres. */
export function registerLedgerSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("post_usage", registerPostUsage);
  describe("post_usage refuses, and applies nothing", registerRefusals);
  describe("corrections", registerCorrections);
  describe("post_credit", registerCredits);
  describe("the journal", registerJournal);
  describe("receipts", registerReceipts);
}

function registerPostUsage(): void {
  test("debits the wallet with the sum of the receipts and shows the margin per provider", async () => {
    const { id } = await makeOrganization(db);
    const answer = await post(
      flushOf(
        id,
        receipts(
          makeReceipt(id, { cost_nano: "1500", upstream_cost_nano: "1000" }),
          makeReceipt(id, { cost_nano: "700", upstream_cost_nano: "600", provider: "groq" }),
        ),
      ),
    );
    expect(answer).toMatchObject({ inserted: 2, cost_nano: "2200", upstream_cost_nano: "1600", repeated: false });
    expect(await legsOf(answer.transaction_id)).toEqual([
      { account: "provider_payable:groq", amount: "-600" },
      { account: "provider_payable:openai", amount: "-1000" },
      { account: "upstream_cost", amount: "1600" },
      { account: "usage_revenue", amount: "-2200" },
      { account: "wallet", amount: "2200" },
    ]);
    expect(await walletOf(id)).toBe(2200n);
  });

  test("the same flush again changes nothing and answers the same", async () => {
    const { id } = await makeOrganization(db);
    const flush = flushOf(id, receipts(makeReceipt(id)));
    const first = await post(flush);
    const second = await post(flush);
    expect(second).toEqual({ ...first, repeated: true });
    expect(await walletOf(id)).toBe(1500n);
  });

  test("G6: a receipt in two flushes is charged once: the debit is the sum of the rows that were new", async () => {
    const { id } = await makeOrganization(db);
    const shared = makeReceipt(id);
    await post(flushOf(id, receipts(shared)));
    const answer = await post(flushOf(id, receipts(shared, makeReceipt(id, { cost_nano: "40" }))));
    expect(answer).toMatchObject({ inserted: 1, duplicates: 1, cost_nano: "40" });
    expect(await walletOf(id)).toBe(1540n);
  });

  test("a receipt twice in one flush is charged once", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id);
    expect(await post(flushOf(id, receipts(receipt, receipt)))).toMatchObject({ inserted: 1, duplicates: 1 });
    expect(await walletOf(id)).toBe(1500n);
  });

  test("receipts that cost nothing are recorded without entries", async () => {
    const { id } = await makeOrganization(db);
    const answer = await post(
      flushOf(id, receipts(makeReceipt(id, { cost_nano: "0", upstream_cost_nano: "0", provider: null }))),
    );
    expect(await legsOf(answer.transaction_id)).toEqual([]);
    expect(await countReceipts(id)).toBe(1);
  });

  test("an amount beyond JavaScript's safe integers arrives whole", async () => {
    const { id } = await makeOrganization(db);
    await post(flushOf(id, receipts(makeReceipt(id, { cost_nano: "9007199254740993" }))));
    expect(await walletOf(id)).toBe(9007199254740993n);
  });
}

function registerRefusals(): void {
  const refusals: [string, string, (id: string) => unknown][] = [
    [
      "a receipt whose time is not the one in its id",
      "23514",
      (id) =>
        flushOf(
          id,
          receipts(
            makeReceipt(id, { occurred_at: "2026-11-20T12:00:00.000Z", id: testId("generation", 1_700_000_000_000) }),
          ),
        ),
    ],
    ["a negative cost", "23514", (id) => flushOf(id, receipts(makeReceipt(id, { cost_nano: "-1" })))],
    ["an amount that is not whole", "22P02", (id) => flushOf(id, receipts(makeReceipt(id, { cost_nano: "1.5" })))],
    [
      "an amount beyond 64 bits",
      "22003",
      (id) => flushOf(id, receipts(makeReceipt(id, { cost_nano: "9223372036854775808" }))),
    ],
    [
      "a receipt without a key",
      "23502",
      (id) => ({ ...flushOf(id, receipts(makeReceipt(id))), receipts: [{ ...makeReceipt(id), key_id: null }] }),
    ],
    [
      "a receipt of another organization",
      "PR002",
      (id) => ({ ...flushOf(id, receipts(makeReceipt(id))), receipts: [makeReceipt(testId("organization"))] }),
    ],
    ["a payload that is no flush", "PR002", () => ({ receipts: [] })],
    ["an empty flush", "PR002", (id) => ({ flush_id: testId("flush"), org_id: id, receipts: [], corrections: [] })],
    [
      "an unknown organization",
      "PR004",
      () => {
        const other = testId("organization");
        return flushOf(other, receipts(makeReceipt(other)));
      },
    ],
    ["NUL in a text", "22P05", (id) => flushOf(id, receipts(makeReceipt(id, { model: "a\u0000b" })))],
  ];
  test.each(refusals)("%s (%s)", async (_, code, make) => {
    const { id } = await makeOrganization(db);
    const good = makeReceipt(id);
    const payload = make(id);
    await expect(post(payload)).rejects.toEqual(refusedWith(code));
    expect(await countReceipts(id)).toBe(0);
    expect(await walletOf(id)).toBe(0n);
    // The organization goes on: a poison row leaves no lock and no half of a posting behind.
    await expect(post(flushOf(id, receipts(good)))).resolves.toMatchObject({ inserted: 1 });
  });

  test("a flush id that came before with other rows (PR001)", async () => {
    const { id } = await makeOrganization(db);
    const flushId = testId("flush");
    await post(flushOf(id, receipts(makeReceipt(id)), flushId));
    await expect(post(flushOf(id, receipts(makeReceipt(id)), flushId))).rejects.toEqual(refusedWith("PR001"));
    expect(await countReceipts(id)).toBe(1);
  });

  test("a receipt id that came before with another cost (PR008)", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id);
    await post(flushOf(id, receipts(receipt)));
    const changed = { ...receipt, cost_nano: "1" };
    await expect(post(flushOf(id, receipts(changed, makeReceipt(id))))).rejects.toEqual(refusedWith("PR008"));
    expect(await walletOf(id)).toBe(1500n);
  });

  test("a receipt id that another organization recorded (PR008)", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const receipt = makeReceipt(one.id);
    await post(flushOf(one.id, receipts(receipt)));
    await expect(post(flushOf(other.id, receipts({ ...receipt, org_id: other.id })))).rejects.toEqual(
      refusedWith("PR008"),
    );
  });
}

function registerCorrections(): void {
  test("post the signed difference as a transaction of its own, also downwards", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id, { cost_nano: "900", upstream_cost_nano: "600", kind: "unobserved" });
    await post(flushOf(id, receipts(receipt)));
    const correction = makeCorrection(receipt, { cost_delta_nano: "-400", upstream_cost_delta_nano: "-100" });
    const answer = await post(flushOf(id, [{ type: "correction", correction }]));
    expect(answer).toMatchObject({ inserted: 0, corrected: 1, cost_nano: "-400", upstream_cost_nano: "-100" });
    expect(await legsOf(answer.transaction_id)).toEqual([
      { account: "provider_payable:openai", amount: "100" },
      { account: "upstream_cost", amount: "-100" },
      { account: "usage_revenue", amount: "400" },
      { account: "wallet", amount: "-400" },
    ]);
    expect(await walletOf(id)).toBe(500n);
  });

  test("may come in the flush of the receipt they correct, once", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id, { cost_nano: "0", upstream_cost_nano: "0" });
    const items: FlushItem[] = [...receipts(receipt), { type: "correction", correction: makeCorrection(receipt) }];
    await post(flushOf(id, items));
    expect(await post(flushOf(id, items))).toMatchObject({ inserted: 0, corrected: 0, cost_nano: "0" });
    expect(await walletOf(id)).toBe(700n);
  });

  test("of a receipt that is not recorded, or another organization's, are refused (PR005)", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const receipt = makeReceipt(one.id);
    const unknown = makeCorrection(receipt);
    await expect(post(flushOf(one.id, [{ type: "correction", correction: unknown }]))).rejects.toEqual(
      refusedWith("PR005"),
    );
    await post(flushOf(one.id, receipts(receipt)));
    const foreign = makeCorrection(receipt, { org_id: other.id });
    await expect(post(flushOf(other.id, [{ type: "correction", correction: foreign }]))).rejects.toEqual(
      refusedWith("PR005"),
    );
  });
}

async function credit(orgId: string, amount: string, key: string, kind = "promo") {
  const [row] = await db.query<{ answer: { credit_id: string; transaction_id: string; repeated: boolean } }>(
    "select post_credit($1, $2, $3, $4) as answer",
    [orgId, amount, key, kind],
    "console_app",
  );
  if (row === undefined) throw new Error("no answer");
  return row.answer;
}

function registerCredits(): void {
  test("credits the wallet, and tells the Account object in the same transaction, once per key", async () => {
    const { id } = await makeOrganization(db);
    const key = testId("credit");
    const first = await credit(id, "25000000000", key);
    expect(await credit(id, "25000000000", key)).toEqual({ ...first, repeated: true });
    expect(await walletOf(id)).toBe(-25_000_000_000n);
    expect(await legsOf(first.transaction_id)).toEqual([
      { account: "promo_expense", amount: "25000000000" },
      { account: "wallet", amount: "-25000000000" },
    ]);
    const events = await db.query("select payload from control_outbox where org_id = $1 and type = 'credit'", [id]);
    expect(events).toEqual([
      {
        payload: {
          type: "credit",
          entryId: first.credit_id,
          amountNano: "25000000000",
          priority: 10,
          expiresAtMs: null,
        },
      },
    ]);
  });

  test.each([
    ["an amount of zero", "0", "promo", "PR002"],
    ["a negative amount", "-5", "promo", "PR002"],
    ["more than a million USD", "1000000000000001", "promo", "PR002"],
    ["an unknown kind", "5", "gift", "PR002"],
  ])("refuses %s", async (_, amount, kind, code) => {
    const { id } = await makeOrganization(db);
    await expect(credit(id, amount, testId("credit"), kind)).rejects.toEqual(refusedWith(code));
    expect(await walletOf(id)).toBe(0n);
  });

  test("refuses a key that came before with another amount (PR001)", async () => {
    const { id } = await makeOrganization(db);
    const key = testId("credit");
    await credit(id, "5", key);
    await expect(credit(id, "6", key)).rejects.toEqual(refusedWith("PR001"));
    expect(await walletOf(id)).toBe(-5n);
  });
}

const APPEND_ONLY = [
  "ledger_account",
  "ledger_transaction",
  "ledger_entry",
  "wallet_credit",
  "receipt_correction",
  "usage_receipt",
  "price_override",
  "ledger_balance",
];

function registerJournal(): void {
  test("the accounts are those of the chart", async () => {
    const { id } = await makeOrganization(db);
    const named = async (where: string, params: readonly unknown[] = []) =>
      (await db.query<{ name: string }>(`select distinct name from ledger_account where ${where}`, params))
        .map(({ name }) => name)
        .toSorted();
    expect(await named("org_id = $1", [id])).toEqual(ORGANIZATION_ACCOUNTS.toSorted());
    expect(await named("org_id is null and party = ''")).toEqual(PLATFORM_ACCOUNTS.toSorted());
    for (const name of await named("org_id is null and party <> ''")) expect(PARTNER_ACCOUNTS).toContain(name);
    for (const [kind, account] of Object.entries(CREDIT_KINDS)) {
      const { transaction_id } = await credit(id, "7", testId("credit"), kind);
      expect(await legsOf(transaction_id)).toContainEqual({ account, amount: "7" });
    }
  });

  test("every transaction balances, and cached balances equal the journal", async () => {
    const entries = await db.query<{ transactionId: string; asset: string; amount: string }>(
      `select e.transaction_id as "transactionId", a.asset, e.amount_nano::text as amount
       from ledger_entry e join ledger_account a on a.id = e.account_id`,
    );
    expect(entries.length).toBeGreaterThan(20);
    expect(
      unbalancedTransactions(
        entries.map(({ transactionId, asset, amount }) => ({ transactionId, asset, amountNano: BigInt(amount) })),
      ),
    ).toEqual([]);
    const drift = await db.query(
      `select b.account_id from ledger_balance b left join ledger_entry e on e.account_id = b.account_id
       group by b.account_id, b.balance_nano having b.balance_nano <> coalesce(sum(e.amount_nano), 0)`,
    );
    expect(drift).toEqual([]);
  });

  test("a posting that does not balance fails at commit, for the owner too (PR006)", async () => {
    const posting = (amounts: readonly string[]) => [
      `insert into ledger_transaction (id, kind, org_id, idempotency_key, input_hash, result)
         values (typeid_new('txn'), 'usage', 'org', 'planted', 'x', '{}')`,
      ...amounts.map(
        (amount, line) => `insert into ledger_entry (transaction_id, line, account_id, amount_nano)
          select t.id, ${line}, a.id, ${amount} from ledger_transaction t, ledger_account a
          where t.idempotency_key = 'planted' and a.name = '${line === 0 ? "fx" : "suspense"}'`,
      ),
    ];
    await expect(db.transaction(posting(["5", "-4"]))).rejects.toEqual(refusedWith("PR006"));
    await expect(db.transaction(posting(["5"]))).rejects.toEqual(refusedWith("PR006"));
    expect(await db.query("select id from ledger_transaction where idempotency_key = 'planted'")).toEqual([]);
    await expect(db.transaction(posting(["5", "-5"]))).resolves.toBeUndefined();
  });

  test("an entry on an account that does not exist fails at commit (PR006)", async () => {
    await expect(
      db.transaction([
        "insert into ledger_entry (transaction_id, line, account_id, amount_nano) select id, 90, 'acc_none', 5 from ledger_transaction limit 1",
        "insert into ledger_entry (transaction_id, line, account_id, amount_nano) select id, 91, 'acc_none', -5 from ledger_transaction limit 1",
      ]),
    ).rejects.toEqual(refusedWith("PR006"));
  });

  test.each(
    APPEND_ONLY.flatMap((table) => [
      [table, `update ${table} set ${firstColumn(table)} = ${firstColumn(table)}`],
      [table, `delete from ${table}`],
      [table, `truncate ${table} cascade`],
    ]),
  )("%s: '%s' is refused for the owner (PR007)", async (_, statement) => {
    await expect(db.query(statement)).rejects.toEqual(refusedWith("PR007"));
    await expect(db.transaction(["set local session_replication_role = replica", statement])).rejects.toEqual(
      refusedWith("PR007"),
    );
  });

  test("a partition named directly refuses changes too (PR007)", async () => {
    const { id } = await makeOrganization(db);
    await post(flushOf(id, receipts(makeReceipt(id))));
    const [row] = await db.query<{ name: string }>(
      "select tableoid::regclass::text as name from usage_receipt where org_id = $1",
      [id],
    );
    await expect(db.query(`update ${row?.name} set cost_nano = 0`)).rejects.toEqual(refusedWith("PR007"));
    await expect(db.query(`delete from ${row?.name}`)).rejects.toEqual(refusedWith("PR007"));
  });

  test("no partition can be emptied by its own name, the default one included (PR007)", async () => {
    const partitions = await db.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_receipt'::regclass",
    );
    expect(partitions.map(({ name }) => name)).toContain("usage_receipt_default");
    for (const { name } of partitions) {
      const statement = `truncate ${name}`;
      await expect(db.query(statement)).rejects.toEqual(refusedWith("PR007"));
      await expect(db.transaction(["set local session_replication_role = replica", statement])).rejects.toEqual(
        refusedWith("PR007"),
      );
    }
  });
}

const firstColumn = (table: string) =>
  ({
    usage_receipt: "receipt_id",
    ledger_entry: "transaction_id",
    ledger_balance: "account_id",
    price_override: "entries",
  })[table] ?? "id";

function registerReceipts(): void {
  test("generation_by_id gives the receipt back as it was sent, with its corrections", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id, { flags: ["over_hold"], guardrails: { card: 2 } });
    const correction = makeCorrection(receipt);
    const { transaction_id } = await post(flushOf(id, [...receipts(receipt), { type: "correction", correction }]));
    const [row] = await db.query<{ found: unknown }>(
      "select generation_by_id($1, $2) as found",
      [id, receipt.id],
      "gateway_app",
    );
    expect(row?.found).toEqual({ transaction_id, recorded_at: expect.any(String), receipt, corrections: [correction] });
  });

  test("generation_by_id gives nothing for another organization's id, or a malformed one", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const receipt = makeReceipt(one.id);
    await post(flushOf(one.id, receipts(receipt)));
    for (const [org, id] of [
      [other.id, receipt.id],
      [one.id, "gen_x"],
      [one.id, "' or true --"],
    ]) {
      expect(await db.query("select generation_by_id($1, $2) as found", [org, id], "gateway_app")).toEqual([
        { found: null },
      ]);
    }
  });

  test("partitions exist for this month and three more, and making them again makes none", async () => {
    const names = await db.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'usage_receipt'::regclass",
    );
    expect(names).toHaveLength(5);
    expect(await db.query("select ensure_partitions() as made", [], "console_app")).toEqual([{ made: 0 }]);
  });

  test("receipts that the default partition caught move when their month is made", async () => {
    const { id } = await makeOrganization(db);
    const [last] = await db.query<{ name: string }>(
      "select max(inhrelid::regclass::text) filter (where inhrelid::regclass::text <> 'usage_receipt_default') as name from pg_inherits where inhparent = 'usage_receipt'::regclass",
    );
    const name = last?.name ?? "";
    await db.query(`drop table ${name}`);
    const month = /(\d{4})_(\d{2})$/.exec(name);
    const inMonthMs = Date.UTC(Number(month?.[1]), Number(month?.[2]) - 1, 15);
    await post(flushOf(id, receipts(makeReceipt(id, { id: testId("generation", inMonthMs) }))));
    const where = async () =>
      db.query("select tableoid::regclass::text as name from usage_receipt where org_id = $1", [id]);
    expect(await where()).toEqual([{ name: "usage_receipt_default" }]);
    expect(await db.query("select ensure_partitions() as made")).toEqual([{ made: 1 }]);
    expect(await where()).toEqual([{ name }]);
    await expect(db.query("delete from usage_receipt_default")).resolves.toEqual([]);
    await expect(db.query("truncate usage_receipt_default")).rejects.toEqual(refusedWith("PR007"));
    await expect(db.query(`truncate ${name}`)).rejects.toEqual(refusedWith("PR007"));
    await expect(db.query(`delete from ${name}`)).rejects.toEqual(refusedWith("PR007"));
  });

  test("SQL makes the same ids as the kernel", async () => {
    const [row] = await db.query<{ id: string; ms: string; now: string }>(
      "with t as (select typeid_new('txn') as id) select id, typeid_time_ms(id)::text as ms, (extract(epoch from clock_timestamp()) * 1000)::bigint::text as now from t",
    );
    const { idTimeMs, isId } = await import("#kernel");
    expect(isId("ledgerTransaction", row?.id ?? "")).toBe(true);
    expect(String(idTimeMs(row?.id ?? ""))).toBe(row?.ms);
    expect(Math.abs(Number(row?.now) - Number(row?.ms))).toBeLessThan(5_000);
  });
}

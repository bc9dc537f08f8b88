import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BudgetAlert, CreditExpiry } from "#kernel";
import { encodeFlush, type FlushItem } from "#ledger";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeAlert, makeCorrection, makeExpiry, makeOrganization, makeReceipt, testId } from "../receipts.ts";

let db: TestDatabase;

interface Answer {
  readonly transaction_id: string;
  readonly inserted: number;
  readonly cost_nano: string;
  readonly alerted: number;
  readonly expired: number;
  readonly expired_nano: string;
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
const receiptOf = (orgId: string, cost = "1500"): FlushItem => ({
  type: "receipt",
  receipt: makeReceipt(orgId, { cost_nano: cost }),
});
const alertItem = (alert: BudgetAlert): FlushItem => ({ type: "alert", alert });
const expiryItem = (expiry: CreditExpiry): FlushItem => ({ type: "expiry", expiry });
const refusedWith = (code: string) => expect.objectContaining({ code });

async function credit(
  orgId: string,
  parameters: readonly unknown[],
): Promise<{ credit_id: string; repeated: boolean }> {
  const names = parameters.map((_, index) => `$${index + 2}`).join(", ");
  const [row] = await db.query<{ answer: { credit_id: string; repeated: boolean } }>(
    `select post_credit($1, ${names}) as answer`,
    [orgId, ...parameters],
    "console_app",
  );
  if (row === undefined) throw new Error("no answer");
  return row.answer;
}

async function walletOf(orgId: string): Promise<bigint> {
  const [row] = await db.query<{ balance: string }>(
    `select b.balance_nano::text as balance from ledger_balance b join ledger_account a on a.id = b.account_id
     where a.org_id = $1 and a.name = 'wallet'`,
    [orgId],
  );
  return BigInt(row?.balance ?? "0");
}

/** An organization's postings: each transaction's kind with its legs. */
async function postingsOf(orgId: string) {
  return db.query<{ kind: string; legs: Record<string, string> | null }>(
    `select t.kind, jsonb_object_agg(a.name, e.amount_nano::text) filter (where a.name is not null) as legs
     from ledger_transaction t left join ledger_entry e on e.transaction_id = t.id left join ledger_account a on a.id = e.account_id
     where t.org_id = $1 and t.kind <> 'credit' group by t.id, t.kind order by t.kind, t.id`,
    [orgId],
  );
}

async function countIn(table: string, orgId: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(`select count(*)::int as n from ${table} where org_id = $1`, [orgId]);
  return row?.n ?? -1;
}

/** What flushes bring beside usage, the same on PGlite and on real Postgres. */
export function registerFactsSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("credit that ended", registerExpiries);
  describe("alerts", registerAlerts);
  describe("a flush of facts", registerFlushes);
  describe("credit in lots", registerLots);
}

function registerExpiries(): void {
  test("leaves the wallet for breakage in a posting of its own, so that usage stays the sum of receipts", async () => {
    const { id } = await makeOrganization(db);
    const expiry = makeExpiry(id);
    const answer = await post(flushOf(id, [receiptOf(id), expiryItem(expiry)]));
    expect(answer).toMatchObject({ inserted: 1, cost_nano: "1500", expired: 1, expired_nano: "300", repeated: false });
    expect(await postingsOf(id)).toEqual([
      { kind: "expiry", legs: { wallet: "300", breakage: "-300" } },
      {
        kind: "usage",
        legs: { wallet: "1500", usage_revenue: "-1500", upstream_cost: "1000", provider_payable: "-1000" },
      },
    ]);
    expect(await walletOf(id)).toBe(1800n);
    expect(
      await db.query(
        `select x.id, x.amount_nano::text as amount, t.kind, t.result->>'usage_transaction_id' as usage
         from credit_expiry x join ledger_transaction t on t.id = x.transaction_id where x.org_id = $1`,
        [id],
      ),
    ).toEqual([{ id: expiry.id, amount: "300", kind: "expiry", usage: answer.transaction_id }]);
  });

  test("is posted once, in whatever flushes it comes", async () => {
    const { id } = await makeOrganization(db);
    const [one, other] = [makeExpiry(id), makeExpiry(id, { amount_nano: "7" })];
    const first = flushOf(id, [expiryItem(one)]);
    await post(first);
    expect(await post(first)).toMatchObject({ expired: 1, repeated: true });
    expect(await post(flushOf(id, [expiryItem(one)]))).toMatchObject({ expired: 0, expired_nano: "0" });
    expect(await post(flushOf(id, [expiryItem(one), expiryItem(other), expiryItem(other)]))).toMatchObject({
      expired: 1,
      expired_nano: "7",
    });
    expect(await walletOf(id)).toBe(307n);
    expect((await postingsOf(id)).filter(({ kind }) => kind === "expiry")).toHaveLength(2);
  });

  test.each([
    ["another amount", { amount_nano: "301" }],
    ["another end", { expired_at: "2026-11-20T11:58:00.000Z" }],
  ])("is refused under an id that came before with %s (PR008), with all of its flush", async (_, change) => {
    const { id } = await makeOrganization(db);
    const expiry = makeExpiry(id);
    await post(flushOf(id, [expiryItem(expiry)]));
    await expect(post(flushOf(id, [receiptOf(id), expiryItem({ ...expiry, ...change })]))).rejects.toEqual(
      refusedWith("PR008"),
    );
    expect([await walletOf(id), await countIn("usage_receipt", id)]).toEqual([300n, 0]);
  });

  test("is refused under another organization's id (PR008)", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const expiry = makeExpiry(one.id);
    await post(flushOf(one.id, [expiryItem(expiry)]));
    await expect(post(flushOf(other.id, [expiryItem({ ...expiry, org_id: other.id })]))).rejects.toEqual(
      refusedWith("PR008"),
    );
    expect(await walletOf(other.id)).toBe(0n);
  });

  test.each([
    ["nothing", { amount_nano: "0" }, "23514"],
    ["less than nothing", { amount_nano: "-5" }, "23514"],
    ["half a nano-USD", { amount_nano: "0.5" }, "22P02"],
    ["more than 64 bits", { amount_nano: "9223372036854775808" }, "22003"],
    ["a time that is not its id's", { occurred_at: "2026-11-20T13:00:00.000Z" }, "23514"],
    ["an id of something else", { id: testId("alert") }, "23514"],
  ])("of %s is refused", async (_, change, code) => {
    const { id } = await makeOrganization(db);
    await expect(post(flushOf(id, [expiryItem({ ...makeExpiry(id), ...change })]))).rejects.toEqual(refusedWith(code));
    expect([await walletOf(id), (await postingsOf(id)).length]).toEqual([0n, 0]);
  });
}

function registerAlerts(): void {
  test("are recorded once per budget, period, mark and limit, under whatever ids they come", async () => {
    const { id } = await makeOrganization(db);
    const alert = makeAlert(id);
    expect(await post(flushOf(id, [alertItem(alert)]))).toMatchObject({ alerted: 1, cost_nano: "0" });
    // An object whose storage was set back says it again under another id.
    const again = makeAlert(id, { spent_nano: "820" });
    expect(await post(flushOf(id, [alertItem(alert), alertItem(again), alertItem(again)]))).toMatchObject({
      alerted: 0,
    });
    const others = [
      { percent: 100 },
      { limit_nano: "1010" },
      { period_name: "2026-11-23" },
      { period: "total", period_name: "total" },
      { scope: `member ${testId("member")}` },
      { scope: `key ${testId("apiKey")}` },
    ] as const;
    const items = others.map((change) => alertItem(makeAlert(id, change)));
    expect(await post(flushOf(id, items))).toMatchObject({ alerted: others.length });
    expect(await countIn("budget_alert", id)).toBe(others.length + 1);
  });

  test("of two organizations are two", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    for (const { id } of [one, other]) {
      expect(await post(flushOf(id, [alertItem(makeAlert(id))]))).toMatchObject({ alerted: 1 });
    }
  });

  test.each([{ spent_nano: "811" }, { percent: 100 }, { scope: "tag a" }] as const)(
    "are refused under an id that came before with other figures (PR008): %j",
    async (change) => {
      const { id } = await makeOrganization(db);
      const alert = makeAlert(id);
      await post(flushOf(id, [alertItem(alert)]));
      await expect(post(flushOf(id, [receiptOf(id), alertItem({ ...alert, ...change })]))).rejects.toEqual(
        refusedWith("PR008"),
      );
      expect([await countIn("budget_alert", id), await countIn("usage_receipt", id)]).toEqual([1, 0]);
    },
  );

  test.each([
    ["a mark that is none", { percent: 81 }, "23514"],
    ["an unknown period", { period: "year" }, "23514"],
    ["an empty period's name", { period_name: "" }, "23514"],
    ["a limit of nothing", { limit_nano: "0" }, "23514"],
    ["an unknown scope", { scope: "everybody" }, "23514"],
    ["a scope of two lines", { scope: "tag a\nb c" }, "23514"],
    ["no scope", { scope: null }, "23502"],
    ["a figure that is none", { spent_nano: "much" }, "22P02"],
    ["a time that is not its id's", { occurred_at: "2026-11-20T13:00:00.000Z" }, "23514"],
  ])("with %s are refused", async (_, change, code) => {
    const { id } = await makeOrganization(db);
    const payload = { ...flushOf(id, [receiptOf(id)]), alerts: [{ ...makeAlert(id), ...change }] };
    await expect(post(payload)).rejects.toEqual(refusedWith(code));
    expect(await countIn("usage_receipt", id)).toBe(0);
  });
}

function registerFlushes(): void {
  test("of alerts alone posts nothing, of expiries alone nothing else, and both balance", async () => {
    const { id } = await makeOrganization(db);
    await post(flushOf(id, [alertItem(makeAlert(id))]));
    expect(await postingsOf(id)).toEqual([{ kind: "usage", legs: null }]);
    await post(flushOf(id, [expiryItem(makeExpiry(id))]));
    expect(await postingsOf(id)).toEqual([
      { kind: "expiry", legs: { wallet: "300", breakage: "-300" } },
      { kind: "usage", legs: null },
      { kind: "usage", legs: null },
    ]);
  });

  test("may hold all four kinds, at most a thousand rows together", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id);
    const items: FlushItem[] = [
      { type: "receipt", receipt },
      { type: "correction", correction: makeCorrection(receipt) },
      alertItem(makeAlert(id)),
      expiryItem(makeExpiry(id)),
    ];
    const flush = flushOf(id, items);
    const many = Array.from({ length: 997 }, () => makeAlert(id));
    await expect(post({ ...flush, alerts: many.concat(makeAlert(id)) })).rejects.toEqual(refusedWith("PR002"));
    expect(await post({ ...flush, alerts: many })).toMatchObject({ inserted: 1, alerted: 1, expired: 1 });
    expect(await walletOf(id)).toBe(1500n + 700n + 300n);
  });

  test.each([
    ["no rows of any kind", { alerts: [], expiries: [] }],
    ["alerts that are no list", { alerts: {} }],
    ["expiries that are null", { expiries: null }],
    ["an alert that is no object", { alerts: ["x"] }],
    ["an expiry of another organization", { expiries: [makeExpiry(testId("organization"))] }],
    ["an alert of another organization", { alerts: [makeAlert(testId("organization"))] }],
  ])("with %s is refused (PR002)", async (_, change) => {
    const { id } = await makeOrganization(db);
    const payload = { flush_id: testId("flush"), org_id: id, receipts: [], corrections: [], ...change };
    await expect(post(payload)).rejects.toEqual(refusedWith("PR002"));
  });

  test("under a flush id that came before with another expiry is refused (PR001)", async () => {
    const { id } = await makeOrganization(db);
    const flushId = testId("flush");
    await post(flushOf(id, [expiryItem(makeExpiry(id))], flushId));
    await expect(post(flushOf(id, [expiryItem(makeExpiry(id))], flushId))).rejects.toEqual(refusedWith("PR001"));
    expect(await walletOf(id)).toBe(300n);
  });

  test.each(["budget_alert", "credit_expiry"])("%s is append-only for the owner too (PR007)", async (table) => {
    for (const statement of [`update ${table} set id = id`, `delete from ${table}`, `truncate ${table}`]) {
      await expect(db.query(statement)).rejects.toEqual(refusedWith("PR007"));
      await expect(db.transaction(["set local session_replication_role = replica", statement])).rejects.toEqual(
        refusedWith("PR007"),
      );
    }
  });
}

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

function registerLots(): void {
  test("tells the Account object its priority and end; without them it is promotional and does not end", async () => {
    const { id } = await makeOrganization(db);
    const endsAt = inHours(1);
    await credit(id, ["5", testId("credit"), "promo", 3, endsAt]);
    await credit(id, ["6", testId("credit"), "promo"]);
    const events = await db.query(
      "select payload - 'entryId' as payload from control_outbox where org_id = $1 and type = 'credit' order by seq",
      [id],
    );
    expect(events.map((row) => row["payload"])).toEqual([
      { type: "credit", amountNano: "5", priority: 3, expiresAtMs: Date.parse(endsAt) },
      { type: "credit", amountNano: "6", priority: 10, expiresAtMs: null },
    ]);
    expect(
      await db.query("select priority, expires_at from wallet_credit where org_id = $1 order by amount_nano", [id]),
    ).toEqual([
      { priority: 3, expires_at: new Date(endsAt) },
      { priority: 10, expires_at: null },
    ]);
  });

  test("a repeat is one, with another end it is refused (PR001)", async () => {
    const { id } = await makeOrganization(db);
    const key = testId("credit");
    const endsAt = inHours(1);
    const first = await credit(id, ["5", key, "promo", 3, endsAt]);
    expect(await credit(id, ["5", key, "promo", 3, endsAt])).toEqual({ ...first, repeated: true });
    for (const other of [["promo", 3, inHours(2)], ["promo", 4, endsAt], ["promo", 3], ["promo"]]) {
      await expect(credit(id, ["5", key, ...other])).rejects.toEqual(refusedWith("PR001"));
    }
    expect(await walletOf(id)).toBe(-5n);
  });

  test.each([
    ["an end that is past", ["promo", null, inHours(-1)]],
    ["an end in eleven years", ["promo", null, inHours(11 * 366 * 24)]],
    ["an end at the end of time", ["promo", null, "infinity"]],
    ["a negative priority", ["promo", -1]],
    ["a priority beyond the last", ["promo", 1001]],
    ["the kind that a plan includes, which billing will post", ["plan"]],
    ["the kind that was paid, which billing will post", ["paid"]],
  ])("refuses %s (PR002)", async (_, rest) => {
    const { id } = await makeOrganization(db);
    await expect(credit(id, ["5", testId("credit"), ...rest])).rejects.toEqual(refusedWith("PR002"));
    expect(await walletOf(id)).toBe(0n);
  });
}

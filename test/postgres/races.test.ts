import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFlush, type FlushItem } from "#ledger";
import type { Receipt } from "#kernel";
import { applyMigrations } from "../../dev/database/migrate.ts";
import { clientMigrations, databaseStartMs, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeOrganization, makeReceipt, testId } from "../support/receipts.ts";

const SESSIONS = 64;
let db: TestDatabase;
let sessions: Client[];

beforeAll(async () => {
  db = await openTestDatabase();
  sessions = await Promise.all(Array.from({ length: SESSIONS }, () => db.connect()));
  await Promise.all(sessions.map((session) => session.query("set role gateway_app")));
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

const asItems = (receipts: readonly Receipt[]): FlushItem[] =>
  receipts.map((receipt) => ({ type: "receipt", receipt }));
const flushOf = (orgId: string, receipts: readonly Receipt[]) => encodeFlush(testId("flush"), orgId, asItems(receipts));

interface Answer {
  readonly transaction_id: string;
  readonly inserted: number;
  readonly repeated: boolean;
}

async function post(session: Client, payload: unknown): Promise<Answer> {
  const { rows } = await session.query<{ answer: Answer }>("select post_usage($1::jsonb) as answer", [
    JSON.stringify(payload),
  ]);
  if (!rows[0]) throw new Error("no answer");
  return rows[0].answer;
}

const everywhere = <T>(work: (session: Client, index: number) => Promise<T>) => Promise.all(sessions.map(work));

async function booksOf(orgId: string) {
  const [row] = await db.query<{ wallet: string; receipts: string; journal: string }>(
    `select (select b.balance_nano from ledger_balance b where b.account_id = a.id)::text as wallet,
            (select coalesce(sum(cost_nano), 0) from usage_receipt where org_id = $1)::text as receipts,
            (select coalesce(sum(amount_nano), 0) from ledger_entry where account_id = a.id)::text as journal
     from ledger_account a where a.org_id = $1 and a.name = 'wallet'`,
    [orgId],
  );
  return row;
}

test("one flush posted 64 times at once is applied once, and all get the same answer", async () => {
  const { id } = await makeOrganization(db);
  const flush = flushOf(id, [makeReceipt(id), makeReceipt(id)]);
  const answers = await everywhere((session) => post(session, flush));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(answers.map((answer) => answer.transaction_id)).size).toBe(1);
  expect(await booksOf(id)).toEqual({ wallet: "3000", receipts: "3000", journal: "3000" });
});

test("G6: one receipt in 64 different flushes at once is charged once", async () => {
  const { id } = await makeOrganization(db);
  const shared = makeReceipt(id);
  const answers = await everywhere((session) =>
    post(session, flushOf(id, [shared, makeReceipt(id, { cost_nano: "1" })])),
  );
  expect(answers.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(SESSIONS + 1);
  const cost = String(1500 + SESSIONS);
  expect(await booksOf(id)).toEqual({ wallet: cost, receipts: cost, journal: cost });
});

test("one flush id with 64 different contents at once: one is applied, the others are refused (PR001)", async () => {
  const { id } = await makeOrganization(db);
  const flushId = testId("flush");
  const results = await Promise.allSettled(
    sessions.map((session) => post(session, { ...flushOf(id, [makeReceipt(id)]), flush_id: flushId })),
  );
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const result of results)
    if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "PR001" });
  expect(await booksOf(id)).toEqual({ wallet: "1500", receipts: "1500", journal: "1500" });
});

test("64 sessions over 8 organizations and new providers, in no order, never deadlock", async () => {
  const organizations = await Promise.all(Array.from({ length: 8 }, () => makeOrganization(db)));
  const rounds = 10;
  await everywhere(async (session, index) => {
    for (let round = 0; round < rounds; round += 1) {
      const org = organizations[(index + round) % organizations.length];
      if (!org) throw new Error("no organization");
      // Providers that no earlier posting named, in opposite orders: their accounts are opened by whoever comes first.
      const names = [`new-a-${round}`, `new-b-${round}`];
      if (index % 2 === 0) names.reverse();
      await post(
        session,
        flushOf(
          org.id,
          names.map((provider) => makeReceipt(org.id, { provider })),
        ),
      );
    }
  });
  for (const { id } of organizations) {
    const expected = String((SESSIONS / organizations.length) * rounds * 2 * 1500);
    expect(await booksOf(id)).toEqual({ wallet: expected, receipts: expected, journal: expected });
  }
  const [platform] = await db.query("select count(*)::int as n from ledger_account where party like 'new-%'");
  expect(platform).toEqual({ n: rounds * 2 });
});

test("one credit posted 64 times at once is one credit and one event", async () => {
  const { id } = await makeOrganization(db);
  const key = testId("credit");
  await Promise.all(sessions.map((session) => session.query("reset role")));
  await everywhere((session) => session.query("select post_credit($1, 500, $2, 'promo')", [id, key]));
  await Promise.all(sessions.map((session) => session.query("set role gateway_app")));
  expect(await booksOf(id)).toMatchObject({ wallet: "-500", journal: "-500" });
  expect(await db.query("select seq from control_outbox where org_id = $1 and type = 'credit'", [id])).toHaveLength(1);
});

test("a session that dies in the middle of a posting leaves nothing, and the repeat is applied", async () => {
  const { id } = await makeOrganization(db);
  const flush = flushOf(id, [makeReceipt(id)]);
  const victim = await db.connect();
  await victim.query("begin");
  await post(victim, flush);
  const { rows } = await victim.query<{ pid: number }>("select pg_backend_pid() as pid");
  // Another poster waits behind the victim's lock, as a retry after a lost connection does.
  const [session] = sessions;
  if (!session) throw new Error("no session");
  const retry = post(session, flush);
  await db.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
  expect(await retry).toMatchObject({ inserted: 1, repeated: false });
  expect(await booksOf(id)).toEqual({ wallet: "1500", receipts: "1500", journal: "1500" });
});

test("a posting under REPEATABLE READ that loses a race fails as one to try again, not as poison", async () => {
  const { id } = await makeOrganization(db);
  const flush = flushOf(id, [makeReceipt(id)]);
  const [first, second] = sessions;
  if (!first || !second) throw new Error("no sessions");
  await second.query("begin isolation level repeatable read");
  await second.query("select 1 as take_snapshot");
  await post(first, flush);
  await expect(post(second, flush)).rejects.toMatchObject({ code: "40001" });
  await second.query("rollback");
});

test("eight migrators at once apply each migration once", async () => {
  const [{ name } = { name: "" }] = await db.query<{ name: string }>("select current_database() || '_fresh' as name");
  await db.query(`create database ${name}`);
  const url = new URL(process.env["TEST_DATABASE_URL"] ?? "");
  url.pathname = `/${name}`;
  const runners = Array.from({ length: 8 }, () => new Client({ connectionString: url.href }));
  try {
    await Promise.all(runners.map((runner) => runner.connect()));
    const applied = await Promise.all(runners.map((runner) => applyMigrations(clientMigrations(runner))));
    const counted = await runners[0]?.query("select count(*)::int as n from drizzle.__drizzle_migrations");
    expect(counted?.rows).toEqual([{ n: applied.flat().length }]);
    expect(new Set(applied.flat()).size).toBe(applied.flat().length);
  } finally {
    await Promise.all(runners.map((runner) => runner.end()));
    await db.query(`drop database ${name} with (force)`);
  }
});

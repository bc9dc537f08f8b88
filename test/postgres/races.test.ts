import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFlush, type FlushItem } from "#ledger";
import type { Receipt } from "#kernel";
import { applyMigrations } from "../../dev/database/migrate.ts";
import { clientMigrations, databaseStartMs, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeAlert, makeExpiry, makeOrganization, makeReceipt, testId } from "../support/receipts.ts";

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

/** As the console's role, in every session at once. */
async function asConsole<T>(work: (session: Client, index: number) => Promise<T>): Promise<T[]> {
  await Promise.all(sessions.map((session) => session.query("set role console_app")));
  try {
    return await everywhere(work);
  } finally {
    await Promise.all(sessions.map((session) => session.query("set role gateway_app")));
  }
}

test("one expiry and one alert in 64 different flushes at once are one of each", async () => {
  const { id } = await makeOrganization(db);
  const [expiry, alert] = [makeExpiry(id), makeAlert(id)];
  const items = (): FlushItem[] => [
    { type: "expiry", expiry },
    // Each under an id of its own, as objects that were set back would say it.
    { type: "alert", alert: { ...alert, ...pickId(makeAlert(id)) } },
  ];
  await everywhere((session) => post(session, encodeFlush(testId("flush"), id, items())));
  expect(await booksOf(id)).toEqual({ wallet: "300", receipts: "0", journal: "300" });
  expect(await db.query("select amount_nano::text as amount from credit_expiry where org_id = $1", [id])).toHaveLength(
    1,
  );
  expect(await db.query("select id from budget_alert where org_id = $1", [id])).toHaveLength(1);
});

test("limits of one scope set by 64 at once: the newest version names them all, and no version comes twice", async () => {
  const { id } = await makeOrganization(db);
  const periods = ["day", "week", "month", "total"];
  await asConsole((session, index) =>
    session.query(
      `insert into budget (org_id, scope, period, limit_nano) values ($1, 'organization', $2, $3)
       on conflict (org_id, scope, period) do update set limit_nano = excluded.limit_nano`,
      [id, periods[index % periods.length], String(index)],
    ),
  );
  const events = await db.query<{ payload: { version: number; limits: { period: string; limitNano: string }[] } }>(
    "select payload from control_outbox where org_id = $1 and type = 'budget'",
    [id],
  );
  expect(events).toHaveLength(1);
  const rows = await db.query<{ period: string; limit: string }>(
    "select period, limit_nano::text as limit from budget where org_id = $1",
    [id],
  );
  const told = events[0]?.payload.limits.map(({ period, limitNano }) => ({ period, limit: limitNano })) ?? [];
  expect(events[0]?.payload.version).toBe(SESSIONS);
  expect(told.toSorted(byPeriod)).toEqual(rows.toSorted(byPeriod));
});

test("a difference found by 64 at once is one, and closed by 64 at once is closed once", async () => {
  const { id } = await makeOrganization(db);
  const found = JSON.stringify([{ kind: "memory", amount_nano: "5", balance_nano: "5" }]);
  await asConsole((session) => session.query("select record_differences($1, $2)", [id, found]));
  const known = await db.query<{ id: string }>("select id from reconcile_difference where org_id = $1", [id]);
  expect(known).toHaveLength(1);
  const operators = [testId("user"), testId("user")];
  for (const userId of operators) {
    await db.query(
      `insert into account_user (id, name, email, attested_adult_at, policy_version, policy_accepted_at)
       values ($1, 'Ada', $2, now(), '1', now())`,
      [userId, `${userId}@example.test`],
    );
    await db.query("insert into operator (user_id, role) values ($1, 'finance')", [userId]);
  }
  const [proposer, approver] = operators;
  // Who acts is said in the transaction, as the console says it.
  const actAs = (session: Client, who: string | undefined) =>
    session.query("select set_config('prismatic.actor', $1, false)", [`operator:${who}`]);
  const proposals = await asConsole(async (session) => {
    const proposal = testId("proposal");
    await actAs(session, proposer);
    await session.query(
      "insert into adjustment_proposal (id, org_id, difference_id, amount_nano, reason) values ($1, $2, $3, 5, 'why')",
      [proposal, id, known[0]?.id],
    );
    return proposal;
  });
  const results = await asConsole(async (session, index) => {
    await actAs(session, approver);
    const { rows } = await session.query<{ outcome: string }>(
      "select decide_adjustment($1, true) ->> 'outcome' as outcome",
      [proposals[index % 8]],
    );
    return rows[0]?.outcome;
  });
  expect(results.filter((result) => result === "approved")).toHaveLength(1);
  expect(new Set(results)).toEqual(new Set(["approved", "closed", "decided"]));
  expect(await booksOf(id)).toMatchObject({ wallet: "-5", journal: "-5" });
});

const byPeriod = (left: { period: string }, right: { period: string }): number => (left.period < right.period ? -1 : 1);
const pickId = ({ id, occurred_at }: { readonly id: string; readonly occurred_at: string }) => ({ id, occurred_at });

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

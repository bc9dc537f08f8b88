import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { closeAccount, PURGE_RULES, reopenAccount, type Database } from "#store";
import { purge, PURGE_BATCH_ROWS } from "../../../workers/console/cron/purge.ts";
import type { Logger } from "../../../workers/http/logger.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;
let consoleDb: Database;
let logged: Record<string, unknown>[] = [];

const DAY_MS = 86_400_000;
const logger: Logger = (level, line) => logged.push({ level, ...line });
const run = (parts: { readonly clock?: () => number; readonly db?: Database } = {}) =>
  purge({ db: consoleDb, clock: () => Date.now(), logger, ...parts });

async function makeUser(): Promise<string> {
  const id = testId("user");
  await db.query(
    `insert into account_user (id, name, email, email_verified, attested_adult_at, policy_version, policy_accepted_at)
     values ($1, 'Ada', $2, true, now(), '1', now())`,
    [id, `${id}@example.test`],
  );
  return id;
}

/** So many rows of each kind that ended so many days ago; negative: that live. */
async function makeEnded(userId: string, days: number, count = 1): Promise<void> {
  const rows = `generate_series(1, ${count}) n`;
  const hash = (salt: string) => `rpad(md5($1 || $2::text || n || '${salt}'), 43, 'A')`;
  const hex = (salt: string) => `rpad(md5($1 || $2::text || n || '${salt}'), 64, '0')`;
  const at = "now() - make_interval(secs => $2::float * 86400)";
  for (const sql of [
    `insert into user_session (id, user_id, token, expires_at, proved_at)
     select typeid_new('ses'), $1, ${hash("t")}, ${at}, now() from ${rows}`,
    `insert into user_verification (id, identifier, value, expires_at)
     select typeid_new('ver'), ${hash("i")}, $1, ${at} from ${rows}`,
    `insert into device_login (id, device_code_hash, user_code_hash, client_name, permissions, interval_seconds, expires_at)
     select typeid_new('dvl'), ${hex("d")}, ${hex("u")}, $1, '{keys.read}', 5, ${at} from ${rows}`,
    `insert into email_change (id, user_id, old_email, new_email, confirm_hash, stop_hash, status, expires_at)
     select typeid_new('emc'), $1, 'old@example.test', 'new@example.test', ${hash("c")}, ${hash("s")}, 'stopped', ${at}
     from ${rows}`,
  ])
    await db.query(sql, [userId, days]);
}

const TABLES = ["user_session", "user_verification", "device_login", "email_change"];

async function counts(): Promise<number[]> {
  const found: number[] = [];
  for (const table of TABLES)
    found.push(Number((await db.query<{ n: string }>(`select count(*)::text as n from ${table}`))[0]?.n));
  return found;
}

/** Accounts that close and come back, and what is deleted some time after its end; on PGlite and on real Postgres. */
export function registerAccountsSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    consoleDb = await db.asConsole();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("what has ended", registerPurge);
  describe("closing an account", registerClosing);
}

function registerPurge(): void {
  beforeEach(async () => {
    for (const table of [...TABLES, "user_factor_use"]) await db.query(`delete from ${table}`);
    logged = [];
  });

  test("is deleted a week later, and not before; what lives stays", async () => {
    const userId = await makeUser();
    for (const days of [-1, 0.1, 6.9]) await makeEnded(userId, days);
    expect(await run()).toEqual({ purged: 0, failed: [], isDone: true });
    expect(logged).toEqual([]);
    await makeEnded(userId, 7.1);
    expect(await run()).toEqual({ purged: 4, failed: [], isDone: true });
    expect(await counts()).toEqual([3, 3, 3, 3]);
    expect(logged).toEqual([{ level: "info", message: "ended_purged", purged: 4, failed: 0 }]);
  });

  test.each([
    ["a month ahead", 31],
    ["a month behind", -31],
  ])("S23: is not deleted early by a clock that is %s", async (_, days) => {
    const userId = await makeUser();
    for (const ended of [-0.5, 3]) await makeEnded(userId, ended);
    await run({ clock: () => Date.now() + days * DAY_MS });
    expect(await counts()).toEqual([2, 2, 2, 2]);
  });

  test("is deleted in batches, by as many runs as it takes", async () => {
    await makeEnded(await makeUser(), 8, 2 * PURGE_BATCH_ROWS + 1);
    let asked = 0;
    // The clock says after two batches that the run's time is up: as where it is killed, whole batches are done.
    const clock = () => Date.now() + (asked++ < 5 ? 0 : 60_000);
    expect(await run({ clock })).toMatchObject({ purged: 2 * PURGE_BATCH_ROWS, isDone: false });
    expect((await counts())[0]).toBe(1);
    expect(logged).toEqual([expect.objectContaining({ message: "ended_purged_in_part" })]);
    expect(await run()).toMatchObject({ purged: 3 * (2 * PURGE_BATCH_ROWS + 1) + 1, isDone: true });
    expect(await counts()).toEqual([0, 0, 0, 0]);
  });

  test("of one kind cannot be deleted: that is said, and the others are", async () => {
    await makeEnded(await makeUser(), 8);
    let calls = 0;
    const broken = new Proxy(consoleDb, {
      get: (target, name) => {
        if (name !== "execute" || calls++ > 0) return Reflect.get(target, name, target);
        return () => Promise.reject(new Error("planted"));
      },
    });
    expect(await run({ db: broken })).toEqual({ purged: 3, failed: [PURGE_RULES[0]], isDone: false });
    expect(logged).toEqual([expect.objectContaining({ level: "error", failed: 1 })]);
  });

  test("keeps a change of address while the old one can take it back", async () => {
    const userId = await makeUser();
    await makeEnded(userId, 8, 2);
    await db.query(
      `update email_change set status = 'confirmed', reversible_until = now() + interval '1 hour'
       where id = (select min(id) from email_change)`,
    );
    await run();
    expect((await counts())[3]).toBe(1);
  });

  test("an invitation among it goes, whatever became of it", async () => {
    const { id: org } = await makeOrganization(db);
    const memberId = testId("member");
    await db.query("insert into member (id, org_id, user_id, role) values ($1, $2, $3, 'owner')", [
      memberId,
      org,
      await makeUser(),
    ]);
    for (const [status, days] of [
      ["pending", 6],
      ["pending", 8],
      ["accepted", 8],
    ])
      await db.query(
        `insert into invitation (id, org_id, email, role, token_hash, invited_by, status, expires_at)
         values ($1, $2, $3, 'viewer', rpad(md5($1), 43, 'A'), $4, $5, now() - make_interval(days => $6::int))`,
        [testId("invitation"), org, `${String(status)}-${String(days)}@example.test`, memberId, status, days],
      );
    await run();
    expect(await db.query("select email from invitation")).toEqual([{ email: "pending-6@example.test" }]);
  });

  test("forgets used codes after a day", async () => {
    const [userId, factorId] = [await makeUser(), testId("factor")];
    await db.query("insert into user_factor (id, user_id, sealed_secret) values ($1, $2, 'x')", [factorId, userId]);
    for (const [step, hours] of [
      [1, 23],
      [2, 25],
    ])
      await db.query("insert into user_factor_use values ($1, $2, now() - make_interval(hours => $3::int))", [
        factorId,
        step,
        hours,
      ]);
    await run();
    expect(await db.query("select step::int as step from user_factor_use")).toEqual([{ step: 1 }]);
  });

  test.each([
    ["a rule that is none", "select purge_ended('account_user', now(), 10)"],
    ["no bound", "select purge_ended('user_session', now(), null)"],
    ["a bound that is none", "select purge_ended('user_session', now(), 1000000)"],
  ])("is refused with %s", async (_, sql) => {
    await expect(db.query(sql, [], "console_app")).rejects.toMatchObject({ code: "PR009" });
  });
}

async function makeOwner(): Promise<{ readonly userId: string; readonly org: string }> {
  const [userId, { id: org }] = [await makeUser(), await makeOrganization(db)];
  await join(org, userId, "owner");
  return { userId, org };
}

const join = (org: string, userId: string, role = "viewer"): Promise<unknown> =>
  db.query(
    "insert into member (id, org_id, user_id, role) values ($1, $2, $3, $4)",
    [testId("member"), org, userId, role],
    "console_app",
  );

const ownersOf = (org: string) =>
  db.query("select user_id from member where org_id = $1 and role = 'owner' and left_at is null", [org]);

function registerClosing(): void {
  const later = new Date(Date.now() + 30 * DAY_MS);

  test("leaves an organization that nobody can join, until its owner is back", async () => {
    const { userId, org } = await makeOwner();
    expect(await closeAccount(consoleDb, userId, later)).toEqual([]);
    await expect(join(org, await makeUser())).rejects.toMatchObject({ code: "PR010" });
    expect(await ownersOf(org)).toEqual([]);
    expect(await reopenAccount(consoleDb, userId, new Date())).toBe(true);
    expect(await ownersOf(org)).toEqual([{ user_id: userId }]);
    await expect(join(org, await makeUser())).resolves.toBeDefined();
    expect(await reopenAccount(consoleDb, userId, new Date())).toBe(false);
  });

  test("revokes every key of an organization that closes, and none of one that does not", async () => {
    const [{ userId, org }, { id: other }] = [await makeOwner(), await makeOrganization(db)];
    await join(other, userId);
    for (const one of [org, other])
      await db.query(
        `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes)
         values ($1, $2, 'Nobody''s own', 'prism_live_g1AAAA', 'zzzz', rpad(md5($1), 64, '0'), '1', 'live', '{inference}')`,
        [testId("apiKey"), one],
      );
    await closeAccount(consoleDb, userId, later);
    const keys = await db.query("select org_id, status from api_key where org_id in ($1, $2) order by status", [
      org,
      other,
    ]);
    expect(keys).toEqual([
      { org_id: other, status: "active" },
      { org_id: org, status: "revoked" },
    ]);
  });

  test("changes nothing where an organization has others in it, and names it", async () => {
    const { userId, org } = await makeOwner();
    await join(org, await makeUser());
    expect(await closeAccount(consoleDb, userId, later)).toEqual([org]);
    expect(await db.query("select status from account_user where id = $1", [userId])).toEqual([{ status: "active" }]);
    expect(await ownersOf(org)).toEqual([{ user_id: userId }]);
  });

  test("does not lift what an operator shut: a suspended organization comes back suspended", async () => {
    const { userId, org } = await makeOwner();
    await db.query("update organization set status = 'suspended' where id = $1", [org]);
    await closeAccount(consoleDb, userId, later);
    await reopenAccount(consoleDb, userId, new Date());
    expect(await db.query("select status, closes_at from organization where id = $1", [org])).toEqual([
      { status: "suspended", closes_at: null },
    ]);
  });

  test("is nothing for who is suspended, and nothing to do twice", async () => {
    const { userId } = await makeOwner();
    await closeAccount(consoleDb, userId, later);
    await expect(closeAccount(consoleDb, userId, later)).rejects.toThrow();
    const suspended = await makeUser();
    await db.query("update account_user set status = 'suspended' where id = $1", [suspended]);
    await expect(closeAccount(consoleDb, suspended, later)).rejects.toThrow();
  });
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportEntries, parseAuditKeys, type ChainHead, type ChainVerdict } from "#audit";
import { readChain, readEntries, readHead, type Database } from "#store";
import { verifyLog } from "../../../dev/audit/verify-log.ts";
import { sealAudit, type SealReport } from "../../../workers/console/cron/seal-audit.ts";
import type { Logger } from "../../../workers/http/logger.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;
let consoleDb: Database;
let logged: { readonly level: string; readonly line: Record<string, unknown> }[] = [];

const KEY_BYTES = 32;
const keys = parseAuditKeys(JSON.stringify({ 1: Buffer.alloc(KEY_BYTES, 1).toString("base64") }));
const MINUTE_MS = 60_000;
const logger: Logger = (level, line) => logged.push({ level, line: { ...line } });
const clock = () => Date.now();

const seal = (parts: { readonly isWhole?: boolean; readonly db?: Database } = {}): Promise<SealReport> =>
  sealAudit({ db: consoleDb, keys, clock, logger, isWhole: true, ...parts });

/** As `npm run audit:verify` does, ten minutes later: what is not sealed by then is late. */
async function verifyAll(
  parts: { readonly only?: string; readonly keptHeads?: ReadonlyMap<string, ChainHead>; readonly nowMs?: number } = {},
): Promise<Map<string, ChainVerdict>> {
  const options = { db: consoleDb, keys, only: null, keptHeads: new Map(), nowMs: clock() + 10 * MINUTE_MS, ...parts };
  const verdicts = new Map<string, ChainVerdict>();
  for await (const verdict of verifyLog(options)) verdicts.set(verdict.chain, verdict);
  return verdicts;
}

const faultOf = async (chain: string, keptHeads?: ReadonlyMap<string, ChainHead>) => {
  const verdict = (await verifyAll({ only: chain, ...(keptHeads ? { keptHeads } : {}) })).get(chain);
  return verdict?.ok === false ? verdict.fault : null;
};

/** An organization with as many entries as asked for: one for being made, one for each change of it. */
async function makeEntries(count: number): Promise<string> {
  const { id } = await makeOrganization(db);
  for (let change = 1; change < count; change += 1) await changeSettings(id);
  return id;
}

const changeSettings = (orgId: string): Promise<unknown> =>
  db.query("update organization set strict = not strict where id = $1", [orgId], "console_app");

const readSeals = (chain: string) =>
  db.query<{ position: string; entry_id: string; mac: string }>(
    "select position::text, entry_id, mac from audit_seal where chain = $1 order by position",
    [chain],
  );

/** What only the owner of the database can do, who is not to be trusted here: past the triggers that refuse it. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const tables = ["audit_entry", "audit_seal"];
  await db.transaction([
    ...tables.map((table) => `alter table ${table} disable trigger ${table}_append_only`),
    ...statements,
    ...tables.map((table) => `alter table ${table} enable always trigger ${table}_append_only`),
  ]);
}

/** The sealer and `verify` over the log that triggers write, the same on PGlite and on real Postgres. */
export function registerAuditSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    consoleDb = await db.asConsole();
  }, databaseStartMs);
  beforeEach(() => {
    logged = [];
  });
  afterAll(async () => {
    await db.close();
  });
  describe("the sealer", registerSealer);
  describe("verifying the audit log", registerVerify);
  describe("the export of the audit log", registerExport);
}

function registerSealer(): void {
  test("links every entry to its organization's chain, from position 1 and in the order of the log", async () => {
    const [first, second] = [await makeEntries(3), await makeEntries(2)];
    const report = await seal();
    expect(report).toMatchObject({ failed: 0, unsealed: 0 });
    for (const [chain, count] of [
      [first, 3],
      [second, 2],
    ] as const) {
      const entries = await db.query<{ id: string }>("select id from audit_entry where org_id = $1 order by seq", [
        chain,
      ]);
      const seals = await readSeals(chain);
      expect(seals.map(({ position }) => position)).toEqual(
        Array.from({ length: count }, (_, index) => `${index + 1}`),
      );
      expect(seals.map(({ entry_id }) => entry_id)).toEqual(entries.map(({ id }) => id));
    }
  });

  test("links what is about no organization to the platform's chain", async () => {
    const userId = testId("user");
    await db.query(
      `insert into account_user (id, name, email, attested_adult_at, policy_version, policy_accepted_at)
       values ($1, 'Ada', $2, now(), '1', now())`,
      [userId, `${userId}@example.test`],
      "console_app",
    );
    await seal();
    const seals = await db.query(
      "select s.chain from audit_seal s join audit_entry e on e.id = s.entry_id where e.target_id = $1",
      [userId],
    );
    expect(seals).toEqual([{ chain: "platform" }]);
    expect((await verifyAll()).get("platform")).toMatchObject({ ok: true });
  });

  test("goes on where the last run ended, and changes nothing where nothing is new", async () => {
    const chain = await makeEntries(2);
    await seal();
    const before = await readSeals(chain);
    expect((await seal()).sealed).toBe(0);
    await changeSettings(chain);
    expect(await seal()).toMatchObject({ sealed: 1 });
    const after = await readSeals(chain);
    expect(after.slice(0, 2)).toEqual(before);
    expect(after).toHaveLength(3);
    expect(await faultOf(chain)).toBeNull();
  });

  test("seals more than a pass holds", async () => {
    const { id: chain } = await makeOrganization(db);
    await db.query(
      `insert into audit_entry (id, org_id, actor_kind, action)
       select typeid_new('aud'), $1, 'system', 'organization.updated' from generate_series(1, 1234)`,
      [chain],
    );
    expect(await seal()).toMatchObject({ sealed: 1235, unsealed: 0 });
    expect((await verifyAll({ only: chain })).get(chain)).toMatchObject({ ok: true, sealed: 1235 });
  });

  test("of the last day finds new entries, and leaves those with an old id to the hourly run", async () => {
    const chain = await makeEntries(1);
    const old = testId("auditEntry", clock() - 3 * 1440 * MINUTE_MS);
    await db.query(
      "insert into audit_entry (id, org_id, actor_kind, action) values ($1, $2, 'system', 'organization.updated')",
      [old, chain],
    );
    await seal({ isWhole: false });
    expect(await readSeals(chain)).toHaveLength(1);
    await seal({ isWhole: true });
    expect((await readSeals(chain)).at(-1)?.entry_id).toBe(old);
  });

  test("seals an entry that was committed late in the order in which it was found", async () => {
    const chain = await makeEntries(1);
    await db.query(
      `insert into audit_entry (seq, id, org_id, actor_kind, action)
       values (nextval('audit_entry_seq_seq') + 10000000, typeid_new('aud'), $1, 'system', 'organization.updated')`,
      [chain],
    );
    await seal();
    await changeSettings(chain);
    await seal();
    const seqs = await db.query<{ seq: string }>(
      "select e.seq::text from audit_seal s join audit_entry e on e.id = s.entry_id where s.chain = $1 order by position",
      [chain],
    );
    const numbers = seqs.map(({ seq }) => Number(seq));
    expect(numbers).not.toEqual(numbers.toSorted((left, right) => left - right));
    expect(await faultOf(chain)).toBeNull();
  });

  test("whose position another sealer took meanwhile changes nothing, and tries again", async () => {
    const chain = await makeEntries(2);
    let raced = 0;
    // Between this run's look at the chain and its write, another run seals the whole of it.
    const slow: Database = new Proxy(consoleDb, {
      get: (target, name) => {
        if (name !== "insert") return Reflect.get(target, name, target);
        return (table: Parameters<Database["insert"]>[0]) => ({
          values: async (rows: Parameters<ReturnType<Database["insert"]>["values"]>[0]) => {
            raced += 1;
            if (raced === 1) await seal();
            await target.insert(table).values(rows);
          },
        });
      },
    });
    const report = await seal({ db: slow });
    expect(raced).toBeGreaterThan(0);
    expect(report).toMatchObject({ sealed: 0, failed: 0, unsealed: 0 });
    expect(await readSeals(chain)).toHaveLength(2);
    expect(await faultOf(chain)).toBeNull();
  });

  test("tells where each chain ends, outside of the database", async () => {
    const chain = await makeEntries(2);
    await seal();
    const head = await readHead(consoleDb, chain);
    expect(logged).toContainEqual({ level: "info", line: { message: "audit_chain_head", ...head } });
    expect(head?.position).toBe(2);
  });

  test("that leaves old entries unsealed says so as an error, and seals the other chains", async () => {
    const [stuck, other] = [await makeEntries(2), await makeEntries(1)];
    // No position is left behind this one: a chain that somebody broke so cannot grow.
    const [last] = await db.query<{ id: string }>("select id from audit_entry where org_id = $1 order by seq limit 1", [
      stuck,
    ]);
    await db.query("insert into audit_seal (chain, position, entry_id, mac, key_version) values ($1, $2, $3, $4, 1)", [
      stuck,
      "9223372036854775807",
      last?.id,
      "A".repeat(43),
    ]);
    const report = await sealAudit({
      db: consoleDb,
      keys,
      clock: () => clock() + 2 * MINUTE_MS,
      logger,
      isWhole: true,
    });
    expect(report).toMatchObject({ failed: 1, unsealed: 1 });
    expect(await readSeals(other)).toHaveLength(1);
    expect(logged).toContainEqual({
      level: "error",
      line: { message: "audit_sealed", sealed: report.sealed, failed: 1, unsealed: 1 },
    });
    await tamper(`delete from audit_seal where chain = '${stuck}'`);
    expect(await seal()).toMatchObject({ failed: 0, unsealed: 0 });
  });
}

function registerVerify(): void {
  test("finds nothing where nothing was touched, whatever else there is", async () => {
    await seal();
    const verdicts = [...(await verifyAll()).values()];
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.filter(({ ok }) => !ok)).toEqual([]);
  });

  test.each([
    ["seq", "seq = seq + 1000000"],
    ["org_id", "org_id = 'platform'"],
    ["occurred_at, by a microsecond", "occurred_at = occurred_at + interval '1 microsecond'"],
    ["occurred_at, to before Christ", "occurred_at = occurred_at - interval '4051 years'"],
    ["actor_kind", "actor_kind = 'operator', actor_id = 'usr_1'"],
    ["actor_id", "actor_id = 'usr_2'"],
    ["action", "action = 'organization.closed'"],
    ["target_id", "target_id = null"],
    ["details, in the last digit of a large number", `details = '{"limit_nano": 9007199254740993}'`],
    ["details, by a member", `details = details || '{"x": 1}'`],
    ["request_id", "request_id = 'req_2'"],
  ])("finds a change of %s", async (_, change) => {
    const chain = await makeEntries(2);
    await db.query(
      `insert into audit_entry (id, org_id, actor_kind, actor_id, action, target_id, details, request_id)
       values (typeid_new('aud'), $1, 'user', 'usr_1', 'budget.updated', 'organization', '{"limit_nano": 9007199254740992}', 'req_1')`,
      [chain],
    );
    await changeSettings(chain);
    await seal();
    const entryId = (await readSeals(chain))[2]?.entry_id;
    await tamper(`update audit_entry set ${change} where id = '${entryId}'`);
    expect(await faultOf(chain)).toMatchObject({ position: 3, entryId });
    await tamper(`delete from audit_seal where chain = '${chain}'`, `delete from audit_entry where id = '${entryId}'`);
  });

  test.each([
    ["mac", `mac = '${"B".repeat(43)}'`, "mac_wrong"],
    ["key_version", "key_version = 9", "key_unknown"],
    ["sealed_at", "sealed_at = sealed_at + interval '1 microsecond'", "mac_wrong"],
    ["position", "position = 77", "seal_missing"],
    ["chain", "chain = 'platform', position = 99999", "seal_missing"],
  ])("finds a change of a seal's %s", async (_, change, kind) => {
    const chain = await makeEntries(3);
    await seal();
    const [seals] = [await readSeals(chain)];
    const entryId = seals[1]?.entry_id;
    await tamper(`update audit_seal set ${change} where entry_id = '${entryId}'`);
    expect(await faultOf(chain)).toMatchObject({ kind, position: 2 });
    await tamper(`delete from audit_seal where chain = '${chain}' or entry_id = '${entryId}'`);
  });

  test("finds a chain's last seal in another chain: the entry counts as unsealed in its own", async () => {
    const chain = await makeEntries(3);
    await seal();
    const entryId = (await readSeals(chain))[2]?.entry_id;
    await tamper(`update audit_seal set chain = 'platform', position = 99999 where entry_id = '${entryId}'`);
    expect(await faultOf(chain)).toEqual({ kind: "unsealed", position: null, entryId });
    await tamper(`delete from audit_seal where entry_id = '${entryId}'`);
  });

  test("finds an entry that was taken out with its seal, in the middle; at the end by the kept head alone", async () => {
    const chain = await makeEntries(4);
    await seal();
    const head = await readHead(consoleDb, chain);
    const keptHeads = new Map(head === null ? [] : [[chain, head]]);
    const seals = await readSeals(chain);
    const takeOut = (index: number): Promise<void> =>
      tamper(
        `delete from audit_seal where entry_id = '${seals[index]?.entry_id}'`,
        `delete from audit_entry where id = '${seals[index]?.entry_id}'`,
      );
    await takeOut(3);
    expect(await faultOf(chain)).toBeNull();
    expect(await faultOf(chain, keptHeads)).toEqual({ kind: "head_missing", position: 4, entryId: null });
    await takeOut(1);
    expect(await faultOf(chain)).toEqual({ kind: "seal_missing", position: 2, entryId: null });
    await tamper(`delete from audit_seal where chain = '${chain}'`);
  });

  test("finds a chain of which nothing is left, by its kept head", async () => {
    const chain = testId("organization");
    const kept = new Map([[chain, { chain, position: 3, mac: "A".repeat(43) }]]);
    const verdict = (await verifyAll({ keptHeads: kept })).get(chain);
    expect(verdict).toMatchObject({ ok: false, fault: { kind: "head_missing", position: 1 } });
  });

  test("finds an entry that nobody sealed, once it is five minutes old", async () => {
    const chain = await makeEntries(1);
    const [entry] = await db.query<{ id: string }>("select id from audit_entry where org_id = $1", [chain]);
    expect((await verifyAll({ only: chain, nowMs: clock() })).get(chain)).toMatchObject({ ok: true, sealed: 0 });
    expect(await faultOf(chain)).toEqual({ kind: "unsealed", position: null, entryId: entry?.id });
    await seal();
  });

  test("finds a second row of one position, also where a page ends between the two", async () => {
    const pageLength = 500;
    const { id: chain } = await makeOrganization(db);
    await db.query(
      `insert into audit_entry (id, org_id, actor_kind, action)
       select typeid_new('aud'), $1, 'system', 'organization.updated' from generate_series(1, $2::int)`,
      [chain, pageLength + 1],
    );
    await seal();
    const [twin] = await db.query<{ entry_id: string }>(
      "select entry_id from audit_seal where chain = $1 and position = $2",
      [chain, pageLength],
    );
    await tamper(
      "alter table audit_seal drop constraint audit_seal_once",
      "alter table audit_seal drop constraint audit_seal_chain_position_pk",
      `insert into audit_seal select * from audit_seal where entry_id = '${twin?.entry_id}'`,
    );
    expect(await faultOf(chain)).toEqual({ kind: "seal_repeated", position: pageLength, entryId: twin?.entry_id });
    await tamper(
      `delete from audit_seal where chain = '${chain}'`,
      "alter table audit_seal add constraint audit_seal_once unique (entry_id)",
      "alter table audit_seal add constraint audit_seal_chain_position_pk primary key (chain, position)",
    );
    await seal();
  });

  test("still verifies when from where it was done is erased: that stands beside the chain", async () => {
    const { id: chain } = await makeOrganization(db);
    await db.transaction([
      "select set_config('prismatic.actor', 'user:usr_1', true), set_config('prismatic.ip', '203.0.113.7', true)",
      `update organization set strict = true where id = '${chain}'`,
    ]);
    await seal();
    const erased = await db.query(
      "delete from audit_origin where entry_id in (select id from audit_entry where org_id = $1) returning ip_address",
      [chain],
    );
    expect(erased).toEqual([{ ip_address: "203.0.113.7" }]);
    expect((await verifyAll({ only: chain })).get(chain)).toMatchObject({ ok: true, sealed: 2 });
  });

  test("reads in pages, none of them long", async () => {
    const { id: chain } = await makeOrganization(db);
    await db.query(
      `insert into audit_entry (id, org_id, actor_kind, action)
       select typeid_new('aud'), $1, 'system', 'organization.updated' from generate_series(1, 1100)`,
      [chain],
    );
    await seal();
    const lengths: number[] = [];
    for await (const page of readChain(consoleDb, chain)) lengths.push(page.length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(1101);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(500);
  });
}

function registerExport(): void {
  test("has an organization's entries alone, in their order, sealed or not", async () => {
    const chain = await makeEntries(2);
    await makeEntries(1);
    await seal();
    await changeSettings(chain);
    let text = "";
    for await (const part of exportEntries(readEntries(consoleDb, chain), "jsonl")) text += part;
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { action: "organization.created", org_id: chain, position: 1 },
      { action: "organization.updated", org_id: chain, position: 2 },
      { action: "organization.updated", org_id: chain, position: null, mac: null },
    ]);
    await seal();
  });
}

import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAuditKeys, type ChainVerdict } from "#audit";
import type { Database } from "#store";
import { verifyLog } from "../../dev/audit/verify-log.ts";
import { sealAudit } from "../../workers/console/cron/seal-audit.ts";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../support/database.ts";
import { makeOrganization } from "../support/receipts.ts";

const SEALERS = 8;
const ORGANIZATIONS = 3;
const ROUNDS = 6;
const ENTRIES_PER_ROUND = 40;
const LATER_MS = 600_000;
const keys = parseAuditKeys(JSON.stringify({ 1: Buffer.alloc(32, 1).toString("base64") }));

let db: TestDatabase;
let consoles: Database[];

beforeAll(async () => {
  db = await openTestDatabase();
  // Each has connections of its own, as two Workers have.
  consoles = await Promise.all(Array.from({ length: SEALERS }, () => db.asConsole()));
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

const seal = (consoleDb: Database) =>
  sealAudit({ db: consoleDb, keys, clock: () => Date.now(), logger: () => undefined, isWhole: true });

async function verifyAll(): Promise<ChainVerdict[]> {
  const verdicts: ChainVerdict[] = [];
  const [consoleDb] = consoles;
  if (consoleDb === undefined) throw new Error("no database");
  const options = { db: consoleDb, keys, only: null, keptHeads: new Map(), nowMs: Date.now() + LATER_MS };
  for await (const verdict of verifyLog(options)) verdicts.push(verdict);
  return verdicts;
}

test("sealers at once, while entries are written, leave chains without a gap and every entry sealed once", async () => {
  const organizations = await Promise.all(Array.from({ length: ORGANIZATIONS }, () => makeOrganization(db)));
  let refused = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const writing = organizations.map(({ id }) =>
      db.query(
        `insert into audit_entry (id, org_id, actor_kind, action)
         select typeid_new('aud'), $1, 'system', 'organization.updated' from generate_series(1, $2::int)`,
        [id, ENTRIES_PER_ROUND],
      ),
    );
    const reports = await Promise.all(consoles.map(seal));
    await Promise.all(writing);
    refused += reports.filter(({ sealed }) => sealed === 0).length;
    expect(reports.map(({ failed }) => failed)).toEqual(reports.map(() => 0));
  }
  const [first] = consoles;
  if (first !== undefined) await seal(first);
  const verdicts = await verifyAll();
  const perChain = ROUNDS * ENTRIES_PER_ROUND + 1;
  expect(verdicts.map(({ ok, sealed }) => [ok, sealed])).toEqual(organizations.map(() => [true, perChain]));
  // There were more hands than work: else this has shown nothing.
  expect(refused).toBeGreaterThan(0);
});

test("an entry of a transaction that commits after later ones were sealed is sealed behind them, and all verify", async () => {
  const [consoleDb] = consoles;
  if (consoleDb === undefined) throw new Error("no database");
  const { id } = await makeOrganization(db);
  const slow = await db.connect();
  await slow.query("begin");
  await slow.query("update organization set strict = true where id = $1", [id]);
  await db.query(
    "insert into audit_entry (id, org_id, actor_kind, action) values (typeid_new('aud'), $1, 'system', 'organization.seen')",
    [id],
  );
  await seal(consoleDb);
  await slow.query("commit");
  await seal(consoleDb);
  const rows = await db.query<{ action: string; seq: string }>(
    "select action, seq::text from audit_seal join audit_entry on id = entry_id where chain = $1 order by position",
    [id],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    "organization.created",
    "organization.seen",
    "organization.updated",
  ]);
  expect(Number(rows[2]?.seq)).toBeLessThan(Number(rows[1]?.seq));
  expect((await verifyAll()).every(({ ok }) => ok)).toBe(true);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dataMap, decodeAccountEvent } from "#store";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeOrganization, testId } from "../receipts.ts";

let db: TestDatabase;

const refusedWith = (code: string) => expect.objectContaining({ code });
const HASH_LENGTH = 64;
let hashes = 0;

async function makeKey(orgId: string, extra: Record<string, unknown> = {}) {
  hashes += 1;
  const values: Record<string, unknown> = {
    id: testId("apiKey"),
    org_id: orgId,
    name: "Key",
    prefix: "prism_live_g1AAAA",
    last_four: "zzzz",
    key_hash: hashes.toString(16).padStart(HASH_LENGTH, "0"),
    pepper_version: "1",
    mode: "live",
    scopes: ["inference"],
    ...extra,
  };
  const names = Object.keys(values);
  await db.query(
    `insert into api_key (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
    Object.values(values),
    "console_app",
  );
  return values;
}

async function eventsOf(orgId: string) {
  const rows = await db.query<{ payload: unknown }>(
    "select payload from control_outbox where org_id = $1 order by seq",
    [orgId],
  );
  return rows.map(({ payload }) => decodeAccountEvent(payload));
}

/** Organizations, keys and their outbox rows, the same on PGlite and on real Postgres. */
export function registerControlSuite(): void {
  beforeAll(async () => {
    db = await openTestDatabase();
  }, databaseStartMs);
  afterAll(async () => {
    await db.close();
  });
  describe("organizations and keys", registerEvents);
  describe("what does not change", registerFixed);
  test("no column is meant to hold a key, a prompt or an output", () => {
    const names = dataMap.holdings.flatMap(({ fields }) => Object.keys(fields));
    expect(names.filter((name) => /^(api_key|key|secret|prompt|messages|content|output|body)$/.test(name))).toEqual([]);
  });
}

function registerEvents(): void {
  test("a new organization announces itself and opens its accounts", async () => {
    const { id } = await makeOrganization(db);
    expect(await eventsOf(id)).toEqual([{ type: "organization", version: 1, organization: { id, status: "active" } }]);
    const accounts = await db.query("select name from ledger_account where org_id = $1 order by name", [id]);
    expect(accounts).toEqual([{ name: "receivable" }, { name: "wallet" }]);
  });

  test("each change of an organization announces a higher version", async () => {
    const { id } = await makeOrganization(db);
    await db.query("update organization set status = 'suspended' where id = $1", [id], "console_app");
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: "organization",
      version: 2,
      organization: { id, status: "suspended" },
    });
  });

  test("a key is announced whole, as the Account object knows it", async () => {
    const { id } = await makeOrganization(db);
    const key = await makeKey(id, {
      models: ["openai/gpt-5"],
      ip_allow: ["10.0.0.0/8"],
      expires_at: "2027-01-01T00:00:00.500Z",
      requests_per_minute: 60,
      tokens_per_minute: 1000,
      concurrency: 4,
      budget_limit_nano: "9007199254740993",
      budget_period: "month",
    });
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: "key",
      version: 1,
      key: {
        id: key["id"],
        hash: key["key_hash"],
        mode: "live",
        status: "active",
        scopes: ["inference"],
        models: ["openai/gpt-5"],
        ipAllow: ["10.0.0.0/8"],
        expiresAtMs: Date.UTC(2027, 0, 1, 0, 0, 0, 500),
        requestsPerMinute: 60,
        tokensPerMinute: 1000,
        concurrency: 4,
        budget: { limitNano: 9007199254740993n, period: "month" },
      },
    });
  });

  test("a revoked key is announced with a higher version, and without limits nothing is limited", async () => {
    const { id } = await makeOrganization(db);
    const key = await makeKey(id);
    await db.query("update api_key set status = 'revoked' where id = $1", [key["id"]], "console_app");
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      version: 2,
      key: { status: "revoked", models: null, ipAllow: null, expiresAtMs: null, budget: null, concurrency: null },
    });
  });

  test("a version that the writer names is ignored", async () => {
    const { id } = await makeOrganization(db);
    await makeKey(id, { version: 99 });
    expect((await eventsOf(id)).at(-1)).toMatchObject({ version: 1 });
  });
}

function registerFixed(): void {
  test.each(["locator = 'BBBBBBBBBBBBBBBBB'", "region = 'e'", "id = 'org_01jd2v5f9gfq2t0000000000zz'"])(
    "an organization's %s (PR009), for the owner too",
    async (change) => {
      const { id } = await makeOrganization(db);
      await expect(db.query(`update organization set ${change} where id = $1`, [id])).rejects.toEqual(
        refusedWith("PR009"),
      );
    },
  );

  test("S6: a key cannot move to another organization, nor change its hash or mode (PR009)", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const key = await makeKey(one.id);
    for (const change of [`org_id = '${other.id}'`, `key_hash = '${"a".repeat(HASH_LENGTH)}'`, "mode = 'test'"]) {
      await expect(db.query(`update api_key set ${change} where id = $1`, [key["id"]])).rejects.toEqual(
        refusedWith("PR009"),
      );
    }
  });

  test("a revoked key stays revoked (PR009)", async () => {
    const { id } = await makeOrganization(db);
    const key = await makeKey(id, { status: "revoked" });
    await expect(
      db.query("update api_key set status = 'active' where id = $1", [key["id"]], "console_app"),
    ).rejects.toEqual(refusedWith("PR009"));
  });

  test.each([
    ["a hash that is none of ours", { key_hash: "abc" }, "23514"],
    ["an unknown scope", { scopes: ["everything"] }, "23514"],
    ["no scope", { scopes: [] }, "23514"],
    ["a limit of zero", { requests_per_minute: 0 }, "23514"],
    ["a budget without a period", { budget_limit_nano: "5" }, "23514"],
    ["a negative budget", { budget_limit_nano: "-5", budget_period: "day" }, "23514"],
    ["an unknown organization", { org_id: "org_01jd2v5f9gfq2t0000000000zz" }, "23503"],
  ])("a key with %s is refused", async (_, extra, code) => {
    const { id } = await makeOrganization(db);
    await expect(makeKey(id, extra)).rejects.toEqual(refusedWith(code));
  });
}

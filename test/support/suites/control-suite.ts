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
  describe("provider keys", registerProviderKeys);
  describe("what does not change", registerFixed);
  test("no column is meant to hold a key, a prompt or an output", () => {
    const names = dataMap.holdings.flatMap(({ fields }) => Object.keys(fields));
    expect(names.filter((name) => /^(api_key|key|secret|prompt|messages|content|output|body)$/.test(name))).toEqual([]);
  });
}

function registerEvents(): void {
  test("a new organization announces itself and opens its accounts", async () => {
    const { id } = await makeOrganization(db);
    expect(await eventsOf(id)).toEqual([
      { type: "organization", version: 1, organization: { id, status: "active", policy: null } },
    ]);
    const accounts = await db.query("select name from ledger_account where org_id = $1 order by name", [id]);
    expect(accounts).toEqual([{ name: "receivable" }, { name: "wallet" }]);
  });

  test("each change of an organization announces a higher version", async () => {
    const { id } = await makeOrganization(db);
    await db.query("update organization set status = 'suspended' where id = $1", [id], "console_app");
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: "organization",
      version: 2,
      organization: { id, status: "suspended", policy: null },
    });
  });

  test("an organization's and a key's policy are announced as routing reads them, and a key's guardrails", async () => {
    const { id } = await makeOrganization(db);
    const set = "data_collection = 'deny', regions = '{eu}', providers_only = '{openai,groq}'";
    await db.query(`update organization set ${set} where id = $1`, [id], "console_app");
    const policy = {
      dataCollection: "deny",
      zdr: false,
      regions: ["eu"],
      providersOnly: ["openai", "groq"],
      providersIgnore: null,
    };
    expect((await eventsOf(id)).at(-1)).toMatchObject({ version: 2, organization: { policy } });
    const key = await makeKey(id, { zdr: true, providers_ignore: ["deepseek"], guard_cards: "redact" });
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      key: {
        policy: {
          dataCollection: null,
          zdr: true,
          regions: null,
          providersOnly: null,
          providersIgnore: ["deepseek"],
        },
        guardrails: { secrets: "off", cards: "redact" },
      },
    });
    await db.query("update api_key set guard_secrets = 'block' where id = $1", [key["id"]], "console_app");
    expect((await eventsOf(id)).at(-1)).toMatchObject({ key: { guardrails: { secrets: "block", cards: "redact" } } });
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
        policy: null,
        guardrails: null,
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

async function putProviderKey(orgId: string, provider: string, sealed: string | null) {
  await db.query(
    `insert into provider_key (org_id, provider, mode, sealed, key_version) values ($1, $2, 'first', $3, 'k1')
     on conflict (org_id, provider) do update set mode = 'only', sealed = $3, key_version = 'k2'`,
    [orgId, provider, sealed],
    "console_app",
  );
}

function registerProviderKeys(): void {
  test("are announced sealed; a replaced or removed one leaves nothing of itself behind", async () => {
    const [{ id }, other] = [await makeOrganization(db), await makeOrganization(db)];
    for (const orgId of [id, other.id]) await putProviderKey(orgId, "openai", "b25l");
    await putProviderKey(id, "groq", "Z3JvcQ==");
    const event = { type: "provider_key", version: 1 } as const;
    const first = { ...event, provider: "openai", key: { sealed: "b25l", keyVersion: "k1", mode: "first" } };
    const groq = { ...event, provider: "groq", key: { sealed: "Z3JvcQ==", keyVersion: "k1", mode: "first" } };
    expect((await eventsOf(id)).slice(1)).toEqual([first, groq]);

    await putProviderKey(id, "openai", "dHdv");
    const second = { ...first, version: 2, key: { sealed: "dHdv", keyVersion: "k2", mode: "only" } };
    expect((await eventsOf(id)).slice(1)).toEqual([groq, second]);
    await putProviderKey(id, "openai", null);
    expect((await eventsOf(id)).slice(1)).toEqual([groq, { ...first, version: 3, key: null }]);
    expect((await eventsOf(other.id)).slice(1)).toEqual([first]);
  });

  test("are bounded in number and size, and stay with their organization and provider", async () => {
    const { id } = await makeOrganization(db);
    for (let index = 0; index < 32; index += 1) await putProviderKey(id, `p${index}`, "b25l");
    await expect(putProviderKey(id, "one-more", "b25l")).rejects.toEqual(refusedWith("PR002"));
    await putProviderKey(id, "p7", "dHdv");
    await expect(putProviderKey(id, "p7", "A".repeat(4_097))).rejects.toEqual(refusedWith("23514"));
    await expect(putProviderKey(id, "p7", "sk-not-sealed")).rejects.toEqual(refusedWith("23514"));
    for (const change of ["provider = 'moved'", `org_id = '${(await makeOrganization(db)).id}'`]) {
      await expect(
        db.query(`update provider_key set ${change} where org_id = $1 and provider = 'p7'`, [id]),
      ).rejects.toEqual(refusedWith("PR009"));
    }
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
    ["an unknown data policy", { data_collection: "allow" }, "23514"],
    ["an unknown guardrail action", { guard_secrets: "shout" }, "23514"],
    ["more providers than a policy holds", { providers_only: Array.from({ length: 65 }, (_, n) => `p${n}`) }, "23514"],
    ["a negative budget", { budget_limit_nano: "-5", budget_period: "day" }, "23514"],
    ["an unknown organization", { org_id: "org_01jd2v5f9gfq2t0000000000zz" }, "23503"],
  ])("a key with %s is refused", async (_, extra, code) => {
    const { id } = await makeOrganization(db);
    await expect(makeKey(id, extra)).rejects.toEqual(refusedWith(code));
  });
}

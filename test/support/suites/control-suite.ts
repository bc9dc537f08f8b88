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
  describe("budgets that keys share", registerBudgets);
  describe("what does not change", registerFixed);
  describe("a malformed event", registerDecoding);
  describe("an organization in a zone of its own", registerZones);
  test("no column is meant to hold a key, a prompt or an output", () => {
    const names = dataMap.holdings.flatMap(({ fields }) => Object.keys(fields));
    expect(names.filter((name) => /^(api_key|key|secret|prompt|messages|content|output|body)$/.test(name))).toEqual([]);
  });
}

function registerEvents(): void {
  test("a new organization announces itself and opens its accounts", async () => {
    const { id } = await makeOrganization(db);
    expect(await eventsOf(id)).toEqual([
      {
        type: "organization",
        version: 1,
        organization: {
          id,
          status: "active",
          policy: null,
          models: null,
          ipAllow: null,
          strict: false,
          timeZone: "UTC",
        },
      },
    ]);
    const accounts = await db.query("select name from ledger_account where org_id = $1 order by name", [id]);
    expect(accounts).toEqual([{ name: "receivable" }, { name: "wallet" }]);
  });

  test("each change of an organization announces a higher version", async () => {
    const { id } = await makeOrganization(db);
    await db.query("update organization set status = 'suspended' where id = $1", [id]);
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: "organization",
      version: 2,
      organization: {
        id,
        status: "suspended",
        policy: null,
        models: null,
        ipAllow: null,
        strict: false,
        timeZone: "UTC",
      },
    });
  });

  test("an organization's and a key's policy are announced as routing reads them, and a key's guardrails", async () => {
    const { id } = await makeOrganization(db);
    const set =
      "data_collection = 'deny', regions = '{eu}', providers_only = '{openai,groq}', models = '{a/b}', ip_allow = '{::1}'";
    await db.query(`update organization set ${set} where id = $1`, [id], "console_app");
    const policy = {
      dataCollection: "deny",
      zdr: false,
      regions: ["eu"],
      providersOnly: ["openai", "groq"],
      providersIgnore: null,
    };
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      version: 2,
      organization: { policy, models: ["a/b"], ipAllow: ["::1"] },
    });
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
        memberId: null,
        tags: [],
        policy: null,
        guardrails: null,
        strict: false,
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

  test("a strict organization in its time zone, and a strict key of a member with tags, are announced as such", async () => {
    const { id } = await makeOrganization(db);
    await db.query(
      "update organization set strict = true, time_zone = 'Asia/Kolkata' where id = $1",
      [id],
      "console_app",
    );
    expect((await eventsOf(id)).at(-1)).toMatchObject({ organization: { strict: true, timeZone: "Asia/Kolkata" } });
    const memberId = testId("member");
    const key = await makeKey(id, { strict: true, member_id: memberId, tags: ["team:a", "null", "x"] });
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      key: { strict: true, memberId, tags: ["team:a", "null", "x"] },
    });
    await db.query(
      "update api_key set strict = false, member_id = null, tags = '{}' where id = $1",
      [key["id"]],
      "console_app",
    );
    expect((await eventsOf(id)).at(-1)).toMatchObject({ version: 2, key: { strict: false, memberId: null, tags: [] } });
  });

  test.each([
    "Europe/Nowhere",
    "PST8",
    "",
    "Europe/Berlin; drop table budget",
    "../etc/passwd",
    "Mars",
    "A".repeat(65),
  ])("no organization is in the time zone '%s'", async (zone) => {
    const { id } = await makeOrganization(db);
    const code = zone === "" || /[.; ]/.test(zone) || zone.length > 64 ? "(23514|PR002)" : "PR002";
    await expect(
      db.query("update organization set time_zone = $2 where id = $1", [id, zone], "console_app"),
    ).rejects.toEqual(expect.objectContaining({ code: expect.stringMatching(code) }));
    expect(await eventsOf(id)).toHaveLength(1);
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

async function setBudget(orgId: string, scope: string, period: string, limitNano: string): Promise<void> {
  await db.query(
    `insert into budget (org_id, scope, period, limit_nano) values ($1, $2, $3, $4)
     on conflict (org_id, scope, period) do update set limit_nano = excluded.limit_nano`,
    [orgId, scope, period, limitNano],
    "console_app",
  );
}

const budgetEventsOf = async (orgId: string) =>
  (await eventsOf(orgId)).filter((event) => event === null || event.type === "budget");

function registerBudgets(): void {
  test("are announced with all limits of their scope, and versions rise over changes and removals", async () => {
    const { id } = await makeOrganization(db);
    const scope = "organization";
    await setBudget(id, scope, "month", "9007199254740993");
    await setBudget(id, scope, "day", "0");
    expect(await budgetEventsOf(id)).toEqual([
      {
        type: "budget",
        version: 2,
        scope,
        limits: [
          { period: "day", limitNano: 0n },
          { period: "month", limitNano: 9007199254740993n },
        ],
      },
    ]);
    await db.query("update control_outbox set applied_at = now() where org_id = $1", [id]);
    await setBudget(id, scope, "day", "5");
    await db.query("delete from budget where org_id = $1", [id], "console_app");
    await setBudget(id, scope, "week", "7");
    const versions = (await budgetEventsOf(id)).map((event) => event?.type === "budget" && event.version);
    expect(versions.at(0)).toBe(2);
    expect((await budgetEventsOf(id)).at(-1)).toEqual({
      type: "budget",
      version: 5,
      scope,
      limits: [{ period: "week", limitNano: 7n }],
    });
  });

  test("that are lifted are announced as none", async () => {
    const { id } = await makeOrganization(db);
    await setBudget(id, "tag a", "day", "5");
    await db.query("delete from budget where org_id = $1", [id], "console_app");
    expect(await budgetEventsOf(id)).toEqual([{ type: "budget", version: 2, scope: "tag a", limits: [] }]);
  });

  test("of several scopes in one statement are one event each", async () => {
    const { id } = await makeOrganization(db);
    const member = `member ${testId("member")}`;
    await db.query(
      "insert into budget (org_id, scope, period, limit_nano) values ($1, $2, 'day', 1), ($1, 'tag x', 'day', 2), ($1, $2, 'total', 3)",
      [id, member],
      "console_app",
    );
    const events = await budgetEventsOf(id);
    expect(events).toHaveLength(2);
    expect(events).toContainEqual({
      type: "budget",
      version: 1,
      scope: member,
      limits: [
        { period: "day", limitNano: 1n },
        { period: "total", limitNano: 3n },
      ],
    });
    expect(events).toContainEqual({
      type: "budget",
      version: 1,
      scope: "tag x",
      limits: [{ period: "day", limitNano: 2n }],
    });
  });

  test("that are replaced in one transaction reach the object in one step", async () => {
    const { id } = await makeOrganization(db);
    await setBudget(id, "organization", "day", "5");
    await db.query("update control_outbox set applied_at = now() where org_id = $1", [id]);
    await db.transaction([
      `delete from budget where org_id = '${id}'`,
      `insert into budget (org_id, scope, period, limit_nano) values ('${id}', 'organization', 'month', 9)`,
    ]);
    expect((await budgetEventsOf(id)).slice(1)).toEqual([
      { type: "budget", version: 3, scope: "organization", limits: [{ period: "month", limitNano: 9n }] },
    ]);
  });

  const SCOPES = [
    "",
    "organisation",
    "Organization",
    "member",
    "member ",
    "member mem_x",
    "tag",
    "tag ",
    "tag A",
    "tag a b",
  ];
  const MORE_SCOPES = [
    "key key_01jd2v5f9gfq2t0000000000zz",
    "tag a\n",
    "organization ",
    ` tag a`,
    `tag ${"a".repeat(65)}`,
  ];
  test.each([...SCOPES, ...MORE_SCOPES])("are refused for the scope '%s'", async (scope) => {
    const { id } = await makeOrganization(db);
    await expect(setBudget(id, scope, "day", "5")).rejects.toEqual(refusedWith("23514"));
    expect(await budgetEventsOf(id)).toEqual([]);
  });

  test.each([
    ["a negative limit", "day", "-1", "23514"],
    ["half a nano-USD", "day", "0.5", "22P02"],
    ["a limit beyond 64 bits", "day", "9223372036854775808", "22003"],
    ["a limit that is no number", "day", "NaN", "22P02"],
    ["no limit", "day", "", "22P02"],
    ["an unknown period", "year", "5", "23514"],
    ["a period in capitals", "DAY", "5", "23514"],
  ])("are refused with %s", async (_, period, limit, code) => {
    const { id } = await makeOrganization(db);
    await expect(setBudget(id, "organization", period, limit)).rejects.toEqual(refusedWith(code));
    expect(await budgetEventsOf(id)).toEqual([]);
  });

  test("stay with their organization, scope and period, and cannot be emptied unheard", async () => {
    const { id } = await makeOrganization(db);
    await setBudget(id, "tag a", "day", "5");
    for (const change of ["scope = 'tag b'", "period = 'week'", `org_id = '${(await makeOrganization(db)).id}'`]) {
      await expect(db.query(`update budget set ${change} where org_id = $1`, [id])).rejects.toEqual(
        refusedWith("PR009"),
      );
    }
    await expect(db.query("truncate budget")).rejects.toEqual(refusedWith("PR007"));
    expect(await budgetEventsOf(id)).toHaveLength(1);
  });

  test("are bounded in the number of their scopes", async () => {
    const { id } = await makeOrganization(db);
    await setBudget(id, "tag t1", "day", "1");
    const many = "select $1, 'tag t' || n, 1 from generate_series(2, 10000) n";
    await db.query(`insert into budget_version (org_id, scope, version) ${many}`, [id]);
    await expect(setBudget(id, "tag one-more", "day", "1")).rejects.toEqual(refusedWith("PR002"));
    await setBudget(id, "tag t1", "week", "1");
  });
}

/** A zone that Postgres lets through and workerd does not know: what else the event says must still reach the object. */
function registerZones(): void {
  test.each(["Mars/Base", "BST"])("a time zone that nobody here knows, %s, is left as it was", (timeZone) => {
    const rules = { policy: null, models: null, ipAllow: null, strict: false };
    const organization = { id: testId("organization"), status: "suspended", ...rules };
    const event = { type: "organization", version: 1, organization: { ...organization, timeZone } };
    expect(decodeAccountEvent(event)).toEqual({ type: "organization", version: 1, organization });
  });
}

/** What the object must never be told: each was a member of an event that is well otherwise. */
function registerDecoding(): void {
  const organization = { id: testId("organization"), status: "active" };
  const limit = { period: "day", limitNano: "5" };
  const events: [string, Record<string, unknown>][] = [
    [
      "strict that is no boolean",
      { type: "organization", version: 1, organization: { ...organization, strict: "yes" } },
    ],
    ["a budget without a version", { type: "budget", scope: "organization", limits: [limit] }],
    ["a budget of version 0", { type: "budget", version: 0, scope: "organization", limits: [limit] }],
    ["a budget of a key", { type: "budget", version: 1, scope: "key key_1", limits: [limit] }],
    [
      "a limit as a number",
      { type: "budget", version: 1, scope: "organization", limits: [{ ...limit, limitNano: 5 }] },
    ],
    [
      "a negative limit",
      { type: "budget", version: 1, scope: "organization", limits: [{ ...limit, limitNano: "-5" }] },
    ],
    [
      "an unknown period",
      { type: "budget", version: 1, scope: "organization", limits: [{ ...limit, period: "hour" }] },
    ],
    ["two limits of a period", { type: "budget", version: 1, scope: "organization", limits: [limit, limit] }],
    [
      "a limit with more in it",
      { type: "budget", version: 1, scope: "organization", limits: [{ ...limit, soft: true }] },
    ],
    ["a credit of nothing", { type: "credit", entryId: "crd_1", amountNano: "0" }],
    ["a negative credit", { type: "credit", entryId: "crd_1", amountNano: "-5" }],
    ["a credit with half a priority", { type: "credit", entryId: "crd_1", amountNano: "5", priority: 0.5 }],
    ["a credit that ended before time", { type: "credit", entryId: "crd_1", amountNano: "5", expiresAtMs: -1 }],
    ["a credit that ends in a text", { type: "credit", entryId: "crd_1", amountNano: "5", expiresAtMs: "2027-01-01" }],
    ["an adjustment of half a nano-USD", { type: "adjustment", entryId: "adj_1", amountNano: "0.5" }],
  ];
  test.each(events)("%s is not decoded", (_, event) => {
    expect(decodeAccountEvent(event)).toBeNull();
  });

  test("events of before budgets, zones and lots are read as they were meant", () => {
    expect(decodeAccountEvent({ type: "organization", version: 1, organization })).toMatchObject({
      organization: { strict: false, timeZone: "UTC" },
    });
    expect(decodeAccountEvent({ type: "credit", entryId: "crd_1", amountNano: "5" })).toEqual({
      type: "credit",
      entryId: "crd_1",
      amountNano: 5n,
    });
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
    ["more than eight tags", { tags: ["a", "b", "c", "d", "e", "f", "g", "h", "i"] }, "23514"],
    ["a tag with a space", { tags: ["a b"] }, "23514"],
    ["a tag with a comma", { tags: ["a,b"] }, "23514"],
    ["a tag in capitals", { tags: ["Team"] }, "23514"],
    ["an empty tag", { tags: [""] }, "23514"],
    ["a tag that is null", { tags: ["a", null] }, "23514"],
    ["a tag of 65 characters", { tags: ["a".repeat(65)] }, "23514"],
    ["tags in two dimensions", { tags: [["a"], ["b"]] }, "23514"],
    ["a member's id that is none", { member_id: "key_01jd2v5f9gfq2t0000000000zz" }, "23514"],
    ["an unknown organization", { org_id: "org_01jd2v5f9gfq2t0000000000zz" }, "23503"],
  ])("a key with %s is refused", async (_, extra, code) => {
    const { id } = await makeOrganization(db);
    await expect(makeKey(id, extra)).rejects.toEqual(refusedWith(code));
  });
}

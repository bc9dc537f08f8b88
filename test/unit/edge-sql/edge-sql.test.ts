import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEdgeSql, type SqlFetch } from "#edge-sql";
import { encodeFlush } from "#ledger";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { answerOf, neonFetch, type SentRequest } from "../../support/neon-endpoint.ts";
import { makeCorrection, makeEnd, makeOrganization, makeReceipt, testId } from "../../support/receipts.ts";

const CONNECTION = "postgresql://gateway_app:secret@ep-cool-name-123.eu-central-1.aws.neon.tech/app?sslmode=require";
const timeoutMs = 5_000;
let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase();
}, databaseStartMs);
afterAll(async () => {
  await db.close();
});

const overDatabase = (sent: SentRequest[] = []) =>
  createEdgeSql({ connectionString: CONNECTION, fetch: neonFetch(db, sent), timeoutMs });
const over = (fetch: SqlFetch, limitMs = timeoutMs) =>
  createEdgeSql({ connectionString: CONNECTION, fetch, timeoutMs: limitMs });
const flushFor = (orgId: string) =>
  encodeFlush(testId("flush"), orgId, [{ type: "receipt", receipt: makeReceipt(orgId) }]);
const NOTHING = { ok: true, overrides: { prices: null, stops: null, isMalformed: false } };
const MALFORMED = { ok: true, overrides: { prices: null, stops: null, isMalformed: true } };
const UNAVAILABLE = { ok: false, reason: "unavailable" };

describe("the protocol", () => {
  test("speaks Neon's: the host's first label becomes api, and the connection string goes in a header", async () => {
    const sent: SentRequest[] = [];
    await overDatabase(sent).overrides(0, 0);
    expect(sent).toEqual([
      {
        url: "https://api.eu-central-1.aws.neon.tech/sql",
        headers: {
          "Content-Type": "application/json",
          "Neon-Connection-String": CONNECTION,
          "Neon-Raw-Text-Output": "true",
          "Neon-Array-Mode": "true",
        },
        body: { query: "select current_overrides($1::bigint, $2::bigint)::text", params: [0, 0] },
      },
    ]);
  });

  test("an endpoint that is named is used instead of the connection string's host", async () => {
    const sent: SentRequest[] = [];
    const edge = createEdgeSql({
      connectionString: CONNECTION,
      endpointUrl: "http://127.0.0.1:8793/sql",
      fetch: neonFetch(db, sent),
      timeoutMs,
    });
    await edge.overrides(0, 0);
    expect(sent.map(({ url }) => url)).toEqual(["http://127.0.0.1:8793/sql"]);
  });

  test("a text that is no connection string is refused at start, without quoting it", () => {
    const start = () => createEdgeSql({ connectionString: "secret-thing", fetch: neonFetch(db), timeoutMs });
    expect(start).toThrow("DATABASE_URL is not a Postgres connection string");
    expect(start).not.toThrow("secret-thing");
  });
});

describe("postUsage", () => {
  test("posts a flush and tells what was new", async () => {
    const { id } = await makeOrganization(db);
    const edge = overDatabase();
    const flush = flushFor(id);
    const posting = { inserted: 1, duplicates: 0, corrected: 0, costNano: 1500n, upstreamCostNano: 1000n };
    expect(await edge.postUsage(flush)).toMatchObject({ ok: true, posting: { ...posting, repeated: false } });
    expect(await edge.postUsage(flush)).toMatchObject({ ok: true, posting: { ...posting, repeated: true } });
  });

  test("G18: what the ledger refuses for good is poison, with its SQLSTATE", async () => {
    const { id } = await makeOrganization(db);
    const broken = encodeFlush(testId("flush"), id, [
      { type: "receipt", receipt: makeReceipt(id, { cost_nano: "-1" }) },
    ]);
    expect(await overDatabase().postUsage(broken)).toEqual({ ok: false, reason: "poison", sqlstate: "23514" });
    expect(await overDatabase().postUsage(flushFor(testId("organization")))).toEqual({
      ok: false,
      reason: "poison",
      sqlstate: "PR004",
    });
  });

  test.each([
    ["22003", "poison"],
    ["23505", "poison"],
    ["PR008", "poison"],
    ["40001", "unavailable"],
    ["40P01", "unavailable"],
    ["57014", "unavailable"],
    ["53300", "unavailable"],
    // A missing function or right is our deployment's fault: the rows wait for it to be mended.
    ["42883", "unavailable"],
    ["42501", "unavailable"],
    ["28P01", "unavailable"],
    ["", "unavailable"],
  ])("SQLSTATE '%s' is %s", async (code, reason) => {
    const edge = over(() => Promise.resolve(answerOf(400, JSON.stringify({ message: "m", code }))));
    expect(await edge.postUsage(flushFor("org"))).toMatchObject({ ok: false, reason });
  });

  test.each<[string, () => ReturnType<typeof answerOf>]>([
    ["status 500", () => answerOf(500, "oops")],
    ["status 429", () => answerOf(429, "{}")],
    ["an error without a code", () => answerOf(400, '{"message":"endpoint is disabled"}')],
    ["an error that is no JSON", () => answerOf(400, "<html>")],
    ["success that is no JSON", () => answerOf(200, "<html>")],
    ["success without rows", () => answerOf(200, '{"rows":[]}')],
    ["success with another shape", () => answerOf(200, '{"rows":[["{}"]]}')],
    ["a null answer", () => answerOf(200, '{"rows":[[null]]}')],
    ["an answer larger than the bound", () => answerOf(200, new Uint8Array(4_194_305).fill(32))],
  ])("%s says nothing about the input: unavailable", async (_, answer) => {
    expect(await over(() => Promise.resolve(answer())).postUsage(flushFor("org"))).toEqual(UNAVAILABLE);
  });

  test("a redirect is not followed: it would carry the connection string to another host", async () => {
    const redirects: string[] = [];
    const edge = over((_, init) => {
      redirects.push(init.redirect);
      return Promise.resolve(answerOf(307, "{}"));
    });
    expect(await edge.postUsage(flushFor("org"))).toEqual(UNAVAILABLE);
    expect(redirects).toEqual(["manual"]);
  });

  test("a connection that fails is unavailable", async () => {
    expect(await over(() => Promise.reject(new TypeError("fetch failed"))).postUsage(flushFor("org"))).toEqual(
      UNAVAILABLE,
    );
  });

  test("a database that never answers is given up after the timeout", async () => {
    const hangs: SqlFetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    expect(await over(hangs, 5).postUsage(flushFor("org"))).toEqual(UNAVAILABLE);
  });
});

describe("generationById", () => {
  test("gives the organization's receipt as it was sent", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id, { guardrails: { secret: 1 } });
    await overDatabase().postUsage(encodeFlush(testId("flush"), id, [{ type: "receipt", receipt }]));
    expect(await overDatabase().generationById(id, receipt.id)).toMatchObject({ ok: true, receipt, corrections: [] });
  });

  test("gives a corrected receipt with its latest figures and what was charged in all", async () => {
    const { id } = await makeOrganization(db);
    const receipt = makeReceipt(id, { kind: "unobserved", cost_nano: "100", upstream_cost_nano: "50" });
    const correction = makeCorrection(receipt, {
      cost_delta_nano: "1400",
      upstream_cost_delta_nano: "950",
      end: makeEnd({ flags: ["late"], units: { input: 99 } }),
    });
    const items = [{ type: "receipt", receipt } as const, { type: "correction", correction } as const];
    await overDatabase().postUsage(encodeFlush(testId("flush"), id, items));
    expect(await overDatabase().generationById(id, receipt.id)).toMatchObject({
      ok: true,
      receipt: {
        id: receipt.id,
        kind: "measured",
        cost_nano: "1500",
        upstream_cost_nano: "1000",
        units: { input: 99 },
        flags: ["late"],
      },
    });
  });

  test("S20: gives nothing of another organization", async () => {
    const [one, other] = [await makeOrganization(db), await makeOrganization(db)];
    const receipt = makeReceipt(one.id);
    await overDatabase().postUsage(encodeFlush(testId("flush"), one.id, [{ type: "receipt", receipt }]));
    expect(await overDatabase().generationById(other.id, receipt.id)).toEqual({ ok: true, receipt: null });
  });
});

describe("overrides", () => {
  const entry = {
    endpoint: "openai/gpt-5",
    dated: {
      from: "2026-11-01T00:00:00.000Z",
      prices: {
        input: {
          base: { pico: "1250000", per: "1000000" },
          tiers: [{ fromInputTokens: 200_000, price: { pico: "9007199254740993", per: "1000000" } }],
        },
      },
      source: null,
    },
  };
  const setPrices = (entries: unknown) =>
    db.query("insert into price_override (entries) values ($1::jsonb)", [JSON.stringify(entries)]);

  test("null without any, then the newest set, null again when it is known", async () => {
    expect(await overDatabase().overrides(0, 0)).toEqual(NOTHING);
    await setPrices([]);
    await setPrices([entry]);
    const answer = await overDatabase().overrides(1, 0);
    expect(answer).toEqual({
      ok: true,
      overrides: {
        prices: {
          version: 2,
          entries: [
            {
              endpoint: "openai/gpt-5",
              dated: {
                from: "2026-11-01T00:00:00.000Z",
                source: null,
                prices: {
                  input: {
                    base: { pico: 1_250_000n, per: 1_000_000n },
                    tiers: [{ fromInputTokens: 200_000, price: { pico: 9_007_199_254_740_993n, per: 1_000_000n } }],
                  },
                },
              },
            },
          ],
        },
        stops: null,
        isMalformed: false,
      },
    });
    expect(await overDatabase().overrides(2, 0)).toEqual(NOTHING);
  });

  test("a daily window is kept", async () => {
    const daily = { fromMs: 82_800_000, untilMs: 3_600_000 };
    await setPrices([{ ...entry, dated: { ...entry.dated, from: null, daily } }]);
    const answer = await overDatabase().overrides(0, 0);
    expect(answer).toMatchObject({ ok: true, overrides: { prices: { entries: [{ dated: { from: null, daily } }] } } });
  });

  test.each([
    ["a date that is none", { from: "soon" }],
    ["a window beyond the day", { daily: { fromMs: 0, untilMs: 86_400_001 } }],
    ["half a window", { daily: { fromMs: 0 } }],
    ["a member that is not known", { weekly: { fromMs: 0, untilMs: 1 } }],
  ])("a set with %s is not believed, and said to be malformed", async (_, change) => {
    await setPrices([{ ...entry, dated: { ...entry.dated, ...change } }]);
    expect(await overDatabase().overrides(0, 0)).toEqual(MALFORMED);
  });

  test.each([
    ["a float", { pico: "1.5", per: "1" }],
    ["a number", { pico: 5, per: 1 }],
    ["a division by zero", { pico: "5", per: "0" }],
    ["a negative price", { pico: "-5", per: "1" }],
  ])("a set with %s is not believed: the caller keeps its last good one", async (_, base) => {
    await setPrices([{ ...entry, dated: { ...entry.dated, prices: { input: { base, tiers: [] } } } }]);
    expect(await overDatabase().overrides(0, 0)).toEqual(MALFORMED);
  });

  test("stops come beside prices, and either is used where the other is not believed", async () => {
    const stop = (targets: readonly string[]) =>
      db.query("insert into provider_stop (targets, reason) values ($1, 'Trouble')", [targets]);
    await setPrices([{ endpoint: 5 }]);
    await stop(["openai"]);
    await stop(["groq", "openai/gpt-5"]);
    expect(await overDatabase().overrides(0, 0)).toEqual({
      ok: true,
      overrides: { prices: null, stops: { version: 2, targets: ["groq", "openai/gpt-5"] }, isMalformed: true },
    });
    expect(await overDatabase().overrides(0, 2)).toMatchObject({ overrides: { stops: null } });
  });

  test("a database that does not answer is no malformed set", async () => {
    expect(await over(() => Promise.reject(new TypeError("fetch failed"))).overrides(0, 0)).toEqual(UNAVAILABLE);
  });
});

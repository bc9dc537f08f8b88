import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { idTimeMs, nanoFromText, type Receipt, type ReceiptCorrection } from "#kernel";
import { correctedReceipt } from "#ledger";
import {
  findReceipt,
  readReceiptPage,
  sumUsage,
  USAGE_GROUPS,
  USAGE_ROWS_MAX,
  type Database,
  type StoredReceipt,
  type UsageFigures,
  type UsageFilters,
  type UsageGroup,
} from "#store";
import { BUCKETS, bucketStarts, type Bucket, type InstantRange } from "#usage";
import { databaseStartMs, openTestDatabase, type TestDatabase } from "../database.ts";
import { makeCorrection, makeEnd, makeOrganization, makeReceipt, testId } from "../receipts.ts";
import { makeUsage, postUsage, type MadeUsage } from "../usage-receipts.ts";

const SEED = 22;
const PAGE_ROWS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Postings, then five questions for every grouping: minutes where other suites run beside it. */
const POST_MS = 300_000;
const ASK_MS = 300_000;
/** All that is made lies in it, and it begins and ends where no day does. */
const YEAR: InstantRange = { fromMs: Date.UTC(2026, 1, 20, 7, 11), toMs: Date.UTC(2027, 0, 20, 7, 13) };
/** Of hours there are too many in a year: both changes of clocks of October. */
const WEEKS: InstantRange = { fromMs: Date.UTC(2026, 9, 2, 12, 30), toMs: Date.UTC(2026, 10, 3, 12, 30) };
const ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"];

interface Key {
  readonly id: string;
  readonly member: string | null;
  readonly tags: readonly string[];
}

/** A receipt as it stands, with what the suite made of it; nothing of it comes from the database. */
interface Known {
  readonly receipt: Receipt;
  readonly key: Key;
}

let db: TestDatabase;
let orm: Database;
let org: string;
let keys: readonly Key[];
let made: MadeUsage;
let known: readonly Known[];

async function makeKey(orgId: string, member: string | null, tags: readonly string[]): Promise<Key> {
  const id = testId("apiKey");
  await db.query(
    `insert into api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes, member_id, tags)
     values ($1, $2, $1, 'prism_live_', 'abcd', md5($1) || md5($1 || 'x'), '1', 'live', '{inference}', $3, $4)`,
    [id, orgId, member, tags],
  );
  return { id, member, tags };
}

/** Receipts as they stand after corrections, by what #ledger says of them. */
function standing({ receipts, corrections }: MadeUsage): Receipt[] {
  const byReceipt = Map.groupBy(corrections, ({ receipt_id: id }) => id);
  return receipts.map((receipt) =>
    correctedReceipt(
      receipt,
      (byReceipt.get(receipt.id) ?? []).toSorted((left, right) => idTimeMs(left.id) - idTimeMs(right.id)),
    ),
  );
}

/** Posts and remembers. How many there are is a question of time: the embedded Postgres is several times slower. */
export function registerUsageSuite(count: number): void {
  beforeAll(async () => {
    db = await openTestDatabase();
    orm = await db.asConsole();
    ({ id: org } = await makeOrganization(db));
    const [ada, bob] = [testId("member"), testId("member")];
    keys = [
      await makeKey(org, ada, []),
      await makeKey(org, ada, ["search"]),
      await makeKey(org, bob, ["search", "night"]),
      await makeKey(org, null, ["night", "batch", "eu"]),
      // A key that nothing is known of any more.
      { id: testId("apiKey"), member: null, tags: [] },
    ];
    made = makeUsage({ orgId: org, keyIds: keys.map(({ id }) => id), count, seed: SEED });
    await postUsage(db, org, made);
    // As a server does by itself before long: without figures of a table its plans are guesses.
    await db.query("analyze usage_receipt, receipt_correction");
    const byId = new Map(keys.map((key) => [key.id, key]));
    known = standing(made).map((receipt) => ({ receipt, key: byId.get(receipt.key_id) ?? never() }));
  }, databaseStartMs + POST_MS);
  afterAll(() => db.close());

  registerSums();
  registerFilters();
  registerReceipts();
  registerEdges();
}

function registerSums(): void {
  describe("sums equal the receipts to the nano-USD, by every grouping and bucket,", () => {
    test.each(ZONES)("in %s", { timeout: ASK_MS }, async (zone) => {
      for (const bucket of BUCKETS) {
        const range = bucket === "hour" ? WEEKS : YEAR;
        const buckets = bucketNames(range, bucket, zone);
        for (const groupBy of USAGE_GROUPS) {
          const { rows, totals } = await ask({ range, bucket, zone, groupBy });
          expect(rows, `${bucket} ${groupBy}`).toEqual(expectedRows(buckets, groupBy));
          expect(totals, `${bucket} ${groupBy}`).toEqual(sumOf(known.filter(isIn(range))));
          if (groupBy !== "tag") expect(sumRows([...rows.values()])).toEqual(totals);
        }
      }
    });
  });

  test("sums equal what the ledger took from the wallet and owes the providers, to the nano-USD", async () => {
    const { totals } = await ask({ groupBy: "model", bucket: "month", zone: "Europe/Berlin" });
    const [ledger] = await db.query<{ debit: string; upstream: string; owed: string }>(
      `select sum(amount_nano) filter (where name = 'wallet')::text as debit,
         sum(amount_nano) filter (where name = 'upstream_cost')::text as upstream,
         (-sum(amount_nano) filter (where name = 'provider_payable'))::text as owed
       from ledger_entry e join ledger_account a on a.id = e.account_id
         join ledger_transaction t on t.id = e.transaction_id
       where t.org_id = $1 and t.kind = 'usage'`,
      [org],
    );
    expect(ledger).toEqual({
      debit: totals.cost_nano.toString(),
      upstream: totals.upstream_nano.toString(),
      owed: totals.upstream_nano.toString(),
    });
    expect(totals.calls).toBe(made.receipts.length);
  });
}

function registerFilters(): void {
  const cases: readonly [string, (key: Key) => UsageFilters, (one: Known, key: Key) => boolean][] = [
    ["key", ({ id }) => ({ key: id }), (one, { id }) => one.receipt.key_id === id],
    ["member", ({ member }) => ({ member: member ?? "" }), (one, { member }) => one.key.member === member],
    ["tag", () => ({ tag: "night" }), (one) => one.key.tags.includes("night")],
    ["model", () => ({ model: "openai/gpt-5" }), (one) => one.receipt.model === "openai/gpt-5"],
    ["provider", () => ({ provider: "google" }), (one) => one.receipt.provider === "google"],
    ["status", () => ({ status: 502 }), (one) => one.receipt.status === 502],
    ["mode", () => ({ mode: "test" }), (one) => one.receipt.mode === "test"],
  ];

  test.each(cases)("a filter by %s leaves what it names, in sums and in receipts", async (_, filtersOf, holds) => {
    const key = keys[2] ?? never();
    const wanted = known.filter((one) => holds(one, key));
    const { totals } = await ask({ groupBy: "tag", filters: filtersOf(key) });
    expect(totals).toEqual(sumOf(wanted));
    const page = await readReceiptPage(orm, { ...everything(), filters: filtersOf(key), limit: PAGE_ROWS });
    expect(page.map(({ id }) => id)).toEqual(newestFirst(wanted).slice(0, PAGE_ROWS));
  });

  test("all filters at once leave what all of them name", async () => {
    const sample = known.find(({ receipt, key }) => receipt.provider === "google" && key.tags.includes("night"));
    const { receipt, key } = sample ?? never();
    const filters: UsageFilters = {
      key: key.id,
      ...(key.member === null ? {} : { member: key.member }),
      tag: "night",
      model: receipt.model,
      provider: "google",
      status: receipt.status,
      mode: receipt.mode,
    };
    const { totals } = await ask({ groupBy: "none", filters });
    const same = known.filter(
      (one) =>
        one.key.id === key.id &&
        one.receipt.model === receipt.model &&
        one.receipt.provider === "google" &&
        one.receipt.status === receipt.status &&
        one.receipt.mode === receipt.mode,
    );
    expect(totals).toEqual(sumOf(same));
  });

  const ATTACKS = [
    "'",
    "' or '1'='1",
    "x') or (1=1",
    "$1",
    "\\",
    '"',
    "night'; drop table usage_receipt; --",
    "{night}",
  ];
  test.each(ATTACKS)("a filter of %j names nothing, and does nothing", async (text) => {
    for (const name of ["key", "member", "tag", "model", "provider"] as const) {
      const filters = { [name]: text };
      expect((await ask({ groupBy: "key", filters })).totals.calls).toBe(0);
      expect(await readReceiptPage(orm, { ...everything(), filters })).toEqual([]);
    }
    expect((await ask({ groupBy: "none" })).totals.calls).toBe(known.length);
  });
}

function registerReceipts(): void {
  test(
    "receipts come once each, newest first, page by page, and their sums are the usage's",
    { timeout: ASK_MS },
    async () => {
      const all: StoredReceipt[] = [];
      for (let page = await nextPage(null); page.length > 0; page = await nextPage(page.at(-1)?.id ?? null))
        all.push(...page);
      expect(all.map(({ id }) => id)).toEqual(newestFirst(known));
      const { totals } = await ask({ groupBy: "none" });
      expect(all.reduce((sum, { cost_nano: cost }) => sum + cost, 0n)).toBe(totals.cost_nano);
      expect(all.reduce((sum, { upstream_nano: cost }) => sum + cost, 0n)).toBe(totals.upstream_nano);
      const byId = new Map(known.map((one) => [one.receipt.id, one]));
      for (const receipt of all) {
        const { receipt: wanted, key } = byId.get(receipt.id) ?? never();
        expect([receipt.provider, receipt.model, receipt.status, receipt.units, receipt.flags]).toEqual([
          wanted.provider,
          wanted.model,
          wanted.status,
          wanted.units,
          wanted.flags,
        ]);
        expect([receipt.member_id, receipt.tags]).toEqual([key.member, key.tags]);
      }
    },
  );

  test("one receipt is found as it stands after all its corrections", async () => {
    const twice = [...Map.groupBy(made.corrections, ({ receipt_id: id }) => id).entries()].find(
      ([, corrections]) => corrections.length === 2,
    );
    const [id] = twice ?? never();
    const { receipt } = known.find((one) => one.receipt.id === id) ?? never();
    expect(await findReceipt(orm, org, id)).toMatchObject({
      id,
      corrections: 2,
      cost_nano: nanoFromText(receipt.cost_nano),
      upstream_nano: nanoFromText(receipt.upstream_cost_nano),
      outcome: receipt.outcome,
      error_code: receipt.error_code,
      kind: receipt.kind,
      endpoint: receipt.endpoint,
      attempts: receipt.attempts,
    });
    expect(await findReceipt(orm, org, testId("generation"))).toBeNull();
  });

  test("receipts of one millisecond are not lost between pages", async () => {
    const { id } = await makeOrganization(db);
    const receipts = Array.from({ length: 7 }, () => makeReceipt(id, { id: testId("generation", YEAR.fromMs) }));
    await postUsage(db, id, { receipts, corrections: [] });
    const found: string[] = [];
    for (let before: string | null = null; found.length < 20; before = found.at(-1) ?? null) {
      const page: StoredReceipt[] = await readReceiptPage(orm, { ...everything(id), before, limit: 2 });
      if (page.length === 0) break;
      found.push(...page.map((receipt) => receipt.id));
    }
    expect(found).toEqual(
      receipts
        .map((receipt) => receipt.id)
        .toSorted()
        .toReversed(),
    );
  });
}

function registerEdges(): void {
  test("S20: another organization's calls, keys and tags are in no sum and on no page", async () => {
    const { id: other } = await makeOrganization(db);
    const theirs = await makeKey(other, testId("member"), ["search", "theirs"]);
    // Its calls came with our key's id too: nothing but the organization keeps them apart.
    const shared = keys[1] ?? never();
    const usage = makeUsage({ orgId: other, keyIds: [theirs.id, shared.id], count: 300, seed: SEED + 1 });
    await postUsage(db, other, usage);
    for (const groupBy of USAGE_GROUPS) {
      const { totals } = await ask({ groupBy });
      expect(totals, groupBy).toEqual(sumOf(known));
    }
    expect((await ask({ groupBy: "none", filters: { key: theirs.id } })).totals.calls).toBe(0);
    expect((await ask({ groupBy: "none", filters: { member: theirs.member ?? "" } })).totals.calls).toBe(0);
    expect((await ask({ groupBy: "none", filters: { tag: "theirs" } })).totals.calls).toBe(0);
    const asTheirs = await ask({ groupBy: "tag", orgId: other });
    expect(asTheirs.totals.calls).toBe(300);
    const tagged = usage.receipts.filter(({ key_id: key }) => key === theirs.id).length;
    // Our key's tags are ours: to the other organization it is a key that nothing is known of.
    expect([...asTheirs.rows].map(([name, figures]) => [name.split("|")[1], figures.calls])).toEqual(
      expect.arrayContaining([
        ["search", tagged],
        ["theirs", tagged],
        ["", 300 - tagged],
      ]),
    );
    const [receipt] = usage.receipts;
    expect(await findReceipt(orm, org, receipt?.id ?? "")).toBeNull();
    expect((await findReceipt(orm, other, receipt?.id ?? ""))?.id).toBe(receipt?.id);
    expect(await readReceiptPage(orm, { ...everything(), filters: { key: theirs.id } })).toEqual([]);
  });

  test("a call counts when it began, however late its corrections come", async () => {
    const { id } = await makeOrganization(db);
    const began = Date.UTC(2026, 5, 30, 23, 59, 59, 999);
    const receipt = makeReceipt(id, { id: testId("generation", began), provider: null, outcome: "unobserved" });
    const later = (delta: string, provider: string, atMs: number): ReceiptCorrection =>
      makeCorrection(receipt, {
        ...timed("correction", atMs),
        cost_delta_nano: delta,
        end: makeEnd({ provider, outcome: "completed", units: { input: 7 } }),
      });
    const corrections = [
      later("-500", "groq", began + 2 * HOUR_MS),
      later("250", "mistral", began + 24 * 60 * HOUR_MS),
    ];
    await postUsage(db, id, { receipts: [receipt], corrections });
    const june = { fromMs: Date.UTC(2026, 5, 1), toMs: Date.UTC(2026, 6, 1) };
    const july = { fromMs: june.toMs, toMs: Date.UTC(2026, 11, 1) };
    const inJune = await ask({ orgId: id, range: june, groupBy: "provider", bucket: "month" });
    expect([...inJune.rows.keys()]).toEqual(["2026-06-01T00:00:00.000Z|mistral"]);
    expect(inJune.totals).toMatchObject({ calls: 1, failed_calls: 0, input_tokens: 7, cost_nano: 1_250n });
    expect((await ask({ orgId: id, range: july, groupBy: "provider" })).totals.calls).toBe(0);
  });

  test("a key's calls go where its tags and its member are now, and no total moves", async () => {
    const { id } = await makeOrganization(db);
    const key = await makeKey(id, null, ["before"]);
    const receipts = Array.from({ length: 3 }, () => makeReceipt(id, { ...timed("generation"), key_id: key.id }));
    await postUsage(db, id, { receipts, corrections: [] });
    const groups = async (groupBy: UsageGroup) => {
      const { rows, totals } = await ask({ orgId: id, groupBy });
      expect(totals).toMatchObject({ calls: 3, cost_nano: 4_500n });
      return [...rows].map(([name, { calls }]) => [name.split("|")[1], calls]);
    };
    expect(await groups("tag")).toEqual([["before", 3]]);
    const member = testId("member");
    await db.query("update api_key set tags = array['after', 'null'], member_id = $2 where id = $1", [key.id, member]);
    expect(await groups("tag")).toEqual([
      ["after", 3],
      ["null", 3],
    ]);
    expect(await groups("member")).toEqual([[member, 3]]);
    await db.query("update api_key set tags = '{}', member_id = null where id = $1", [key.id]);
    expect(await groups("tag")).toEqual([["", 3]]);
    expect(await groups("member")).toEqual([["", 3]]);
  });

  test("more rows than are answered are told by one more, and no more are read", async () => {
    const { id } = await makeOrganization(db);
    const receipts = Array.from({ length: USAGE_ROWS_MAX + 10 }, (_, index) =>
      makeReceipt(id, { ...timed("generation"), model: `one/${index}` }),
    );
    await postUsage(db, id, { receipts, corrections: [] });
    const answer = await sumUsage(orm, { ...question({ orgId: id, groupBy: "model" }) });
    expect(answer.rows).toHaveLength(USAGE_ROWS_MAX + 1);
    expect(answer.totals.calls).toBe(receipts.length);
  });

  test("nothing is nothing", async () => {
    const { id } = await makeOrganization(db);
    const { rows, totals } = await ask({ orgId: id, groupBy: "tag" });
    expect([rows.size, totals]).toEqual([0, sumOf([])]);
    expect(await readReceiptPage(orm, everything(id))).toEqual([]);
  });
}

interface Asked {
  readonly orgId?: string;
  readonly range?: InstantRange;
  readonly bucket?: Bucket;
  readonly zone?: string;
  readonly groupBy: UsageGroup;
  readonly filters?: UsageFilters;
}

function question({ orgId = org, range = YEAR, bucket = "none", zone = "UTC", groupBy, filters = {} }: Asked) {
  const starts = bucketStarts(range, bucket, zone) ?? never();
  return {
    orgId,
    range: { from: new Date(range.fromMs), to: new Date(range.toMs) },
    bucketStarts: starts.map((startMs) => new Date(startMs)),
    groupBy,
    filters,
  };
}

/** The answer with its rows by where they begin and what they are of. */
async function ask(asked: Asked): Promise<{ rows: Map<string, UsageFigures>; totals: UsageFigures }> {
  const wanted = question(asked);
  const { rows, totals } = await sumUsage(orm, wanted);
  const named = rows.map(({ bucket, value, ...figures }): [string, UsageFigures] => [
    `${wanted.bucketStarts[bucket - 1]?.toISOString()}|${value ?? ""}`,
    figures,
  ]);
  expect(new Set(named.map(([name]) => name)).size).toBe(rows.length);
  return { rows: new Map(named.toSorted(byName)), totals };
}

const byName = ([left]: readonly [string, unknown], [right]: readonly [string, unknown]) =>
  left < right ? -1 : Number(left > right);

/** Where each receipt of the range counts: the instant at which its bucket begins, found without asking for the bucket. */
function bucketNames(range: InstantRange, bucket: Bucket, zone: string): Map<Known, string> {
  const all = known.filter(isIn(range));
  if (bucket === "none") return new Map(all.map((one) => [one, new Date(range.fromMs).toISOString()]));
  const labelOf = labels(bucket, zone);
  const begins = new Map([[labelOf(range.fromMs), range.fromMs]]);
  const names = new Map<Known, string>();
  let beforeMs = range.fromMs;
  for (const one of all.toSorted((left, right) => idTimeMs(left.receipt.id) - idTimeMs(right.receipt.id))) {
    const atMs = idTimeMs(one.receipt.id);
    const label = labelOf(atMs);
    const beginMs = begins.get(label) ?? firstOf(label, beforeMs, atMs, labelOf);
    begins.set(label, beginMs);
    names.set(one, new Date(beginMs).toISOString());
    beforeMs = atMs;
  }
  return names;
}

/** The first instant with a label, after one that has another: no label comes back once it is over. */
function firstOf(label: string, otherMs: number, knownMs: number, labelOf: (ms: number) => string): number {
  let [before, first] = [otherMs, knownMs];
  while (first - before > 1) {
    const middle = Math.floor((before + first) / 2);
    if (labelOf(middle) === label) first = middle;
    else before = middle;
  }
  return first;
}

/** What a bucket is called that an instant lies in: by the zone's clocks, as Intl shows them. */
function labels(bucket: Bucket, zone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const minutes = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const kept = new Map<number, string>();
  const labelOf = (ms: number): string => {
    const date = format.format(ms);
    if (bucket === "month") return date.slice(0, 7);
    if (bucket === "day") return date;
    const dayMs = Date.parse(`${date}T00:00:00Z`);
    if (bucket === "week") return `week ${Math.floor((dayMs / DAY_MS + 3) / 7)}`;
    // Hours count from midnight: the offset that the day began with says where it was.
    const offset = offsetMinutes(minutes, dayMs - offsetMinutes(minutes, ms) * MINUTE_MS);
    return `${date} ${Math.floor((ms + offset * MINUTE_MS - dayMs) / HOUR_MS)}`;
  };
  return (ms) => {
    // In all these zones clocks change, and days begin, on whole quarters of an hour.
    const quarter = Math.floor(ms / (15 * MINUTE_MS));
    const label = kept.get(quarter) ?? labelOf(ms);
    kept.set(quarter, label);
    return label;
  };
}

function offsetMinutes(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", rest = "0"] = /GMT(?:([+-])(\d+):(\d+))?/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(rest));
}

function expectedRows(buckets: Map<Known, string>, groupBy: UsageGroup): Map<string, UsageFigures> {
  const rows = new Map<string, Known[]>();
  for (const [one, begin] of buckets) {
    for (const group of groupsOf(one, groupBy)) {
      const name = `${begin}|${group}`;
      const row = rows.get(name);
      if (row) row.push(one);
      else rows.set(name, [one]);
    }
  }
  return new Map([...rows].map(([name, row]): [string, UsageFigures] => [name, sumOf(row)]).toSorted(byName));
}

function groupsOf({ receipt, key }: Known, groupBy: UsageGroup): readonly string[] {
  switch (groupBy) {
    case "key":
      return [receipt.key_id];
    case "model":
      return [receipt.model];
    case "provider":
      return [receipt.provider ?? ""];
    case "member":
      return [key.member ?? ""];
    case "tag":
      return key.tags.length === 0 ? [""] : key.tags;
    case "status":
      return [String(receipt.status)];
    case "none":
      return [""];
    default:
      return never();
  }
}

function sumOf(calls: readonly Known[]): UsageFigures {
  return sumRows(
    calls.map(({ receipt }) => {
      const units = (...names: readonly (keyof Receipt["units"])[]) =>
        names.reduce((sum, name) => sum + (receipt.units[name] ?? 0), 0);
      return {
        calls: 1,
        failed_calls: ["failed", "interrupted"].includes(receipt.outcome) ? 1 : 0,
        input_tokens: units(
          "input",
          "cached_read",
          "cache_write_5m",
          "cache_write_1h",
          "audio_in",
          "audio_cached_read",
          "image_in",
        ),
        cached_tokens: units("cached_read", "audio_cached_read"),
        output_tokens: units("output", "reasoning", "audio_out", "image_out"),
        reasoning_tokens: units("reasoning"),
        cost_nano: nanoFromText(receipt.cost_nano),
        upstream_nano: nanoFromText(receipt.upstream_cost_nano),
      };
    }),
  );
}

function sumRows(rows: readonly UsageFigures[]): UsageFigures {
  const total = (figure: (row: UsageFigures) => number) => rows.reduce((sum, row) => sum + figure(row), 0);
  const nano = (amount: (row: UsageFigures) => bigint) =>
    nanoFromText(rows.reduce((sum, row) => sum + amount(row), 0n).toString());
  return {
    calls: total((row) => row.calls),
    failed_calls: total((row) => row.failed_calls),
    input_tokens: total((row) => row.input_tokens),
    cached_tokens: total((row) => row.cached_tokens),
    output_tokens: total((row) => row.output_tokens),
    reasoning_tokens: total((row) => row.reasoning_tokens),
    cost_nano: nano((row) => row.cost_nano),
    upstream_nano: nano((row) => row.upstream_nano),
  };
}

const isIn =
  ({ fromMs, toMs }: InstantRange) =>
  ({ receipt }: Known): boolean => {
    const atMs = idTimeMs(receipt.id);
    return atMs >= fromMs && atMs < toMs;
  };

const newestFirst = (calls: readonly Known[]): string[] =>
  calls
    .map(({ receipt }) => receipt.id)
    .toSorted()
    .toReversed();

const everything = (orgId = org) => ({
  orgId,
  range: { from: new Date(YEAR.fromMs), to: new Date(YEAR.toMs) },
  filters: {},
  before: null,
  limit: PAGE_ROWS,
});

const nextPage = (before: string | null): Promise<StoredReceipt[]> => readReceiptPage(orm, { ...everything(), before });

/** An id with the instant that stands in it. */
function timed(kind: "generation" | "correction", atMs?: number) {
  const id = testId(kind, ...(atMs === undefined ? [] : [atMs]));
  return { id, occurred_at: new Date(idTimeMs(id)).toISOString() };
}

function never(): never {
  throw new Error("the suite made no such thing");
}

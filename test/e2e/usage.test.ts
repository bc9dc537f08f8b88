import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { call, chat } from "./support/client.ts";
import { ConsoleClient } from "./support/console-client.ts";
import { startWorld, until, type World } from "./support/world.ts";

let world: World;
let owner: ConsoleClient;
let developer: ConsoleClient;
let org: string;
let keyId: string;
/** What the gateway said of each call, by its id. */
const costs = new Map<string, string>();

const figures = z.looseObject({ calls: z.int(), cost_usd: z.string(), input_tokens: z.int(), output_tokens: z.int() });
const usage = z.looseObject({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  time_zone: z.string(),
  data: z.array(figures.extend({ start: z.iso.datetime(), end: z.iso.datetime(), group: z.string().nullable() })),
  totals: figures,
  overlap: figures,
});
const receipts = z.object({
  data: z.array(z.looseObject({ id: z.string(), cost_usd: z.string(), key_id: z.string() })),
  next_cursor: z.string().nullable(),
});
const generation = z.looseObject({ id: z.string(), cost_usd: z.string(), posted: z.literal(true) });

const CALLS = 3;
const ROLE = "developer";

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  [owner, developer] = [new ConsoleClient(world.stack), new ConsoleClient(world.stack)];
  await owner.join();
  const { email } = await developer.join();
  org = String((await owner.post("/organizations", { name: "Counted", time_zone: "Asia/Kathmandu" })).body["id"]);
  await owner.post(`/organizations/${org}/invitations`, { email, role: ROLE });
  await developer.post("/invitations/accept", { token: await developer.mailedToken(email, "invitation") });
  await world.credit(org, "5");
  const key = await owner.post(`/organizations/${org}/keys`, {
    name: '=HYPERLINK("https://evil.example")',
    scopes: ["inference", "account:read"],
    tags: ["search", "night"],
  });
  keyId = String(key.body["id"]);
  const secret = String(key.body["key"]);
  for (let index = 0; index < CALLS; index += 1) {
    const answer = await call(`${world.url}/chat/completions`, chat(`Question ${index}`), { key: secret });
    expect(answer.status, answer.text).toBe(200);
    const receipt = await until("a posted receipt", async () => {
      const found = await call(`${world.url}/generation?id=${answer.id}`, null, { method: "GET", key: secret });
      return generation.safeParse(JSON.parse(found.text)).data ?? null;
    });
    costs.set(receipt.id, receipt.cost_usd);
  }
});
afterAll(() => world.stop());

const ask = async (query: string, client = developer) => {
  const answer = await client.get(`/organizations/${org}/usage?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return usage.parse(answer.body);
};

/** USD with nine decimals, without its point: exact. */
const nano = (usd: string): bigint => BigInt(usd.replace(".", ""));
const sum = (amounts: Iterable<string>): bigint => [...amounts].reduce((total, usd) => total + nano(usd), 0n);

test("what the gateway charged is what usage, receipts and the export say, to the nano-USD", async () => {
  const { totals, time_zone: zone } = await ask("");
  expect([totals.calls, nano(totals.cost_usd), zone]).toEqual([CALLS, sum(costs.values()), "Asia/Kathmandu"]);
  expect(nano(totals.cost_usd)).toBeGreaterThan(0n);
  const listed = receipts.parse((await developer.get(`/organizations/${org}/receipts`)).body);
  expect(new Map(listed.data.map(({ id, cost_usd: cost }) => [id, cost]))).toEqual(costs);
  const { text, headers } = await developer.get(`/organizations/${org}/receipts/export`);
  expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(headers.get("content-disposition")).toBe('attachment; filename="receipts.csv"');
  const [head = "", ...lines] = text.split("\r\n").slice(0, -1);
  expect(head).toMatch(/^id,created_at,key_id,key_name,/);
  expect(lines.map((line) => line.slice(0, line.indexOf(",")))).toEqual(listed.data.map(({ id }) => id));
  for (const line of lines) {
    expect(line).toContain(`,${costs.get(line.slice(0, line.indexOf(","))) ?? "none"},`);
    expect(line).toContain(`,"'=HYPERLINK(""https://evil.example"")",`);
  }
  expect(text).not.toContain("incomplete");
});

test.each(["key", "model", "provider", "member", "tag", "status", "none"])(
  "rows by %s less what they have twice are the totals",
  async (group) => {
    for (const bucket of ["hour", "day", "week", "month", "none"]) {
      const { data, totals, overlap } = await ask(`group_by=${group}&bucket=${bucket}&time_zone=America/New_York`);
      expect(sum(data.map(({ cost_usd: cost }) => cost)) - nano(overlap.cost_usd)).toBe(nano(totals.cost_usd));
      expect(data.reduce((calls, row) => calls + row.calls, 0) - overlap.calls).toBe(totals.calls);
      // The key has two tags: each call is in both rows.
      expect(overlap.calls).toBe(group === "tag" ? CALLS : 0);
    }
  },
);

test("one receipt is as the gateway shows it, without what is always so", async () => {
  const [id = ""] = costs.keys();
  const { body, status } = await developer.get(`/organizations/${org}/receipts/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ id, key_id: keyId, cost_usd: costs.get(id), outcome: "completed", corrections: 0 });
});

test("pages go on where the one before ended", async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "limit=1" : `limit=1&cursor=${cursor}`;
    const page: z.output<typeof receipts> = receipts.parse(
      (await owner.get(`/organizations/${org}/receipts?${query}`)).body,
    );
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual([...costs.keys()].toReversed());
});

test("filters leave the calls that they name", async () => {
  expect((await ask(`key=${keyId}&tag=night&mode=live&status=200`)).totals.calls).toBe(CALLS);
  expect((await ask("tag=day")).totals.calls).toBe(0);
  expect((await ask("mode=test")).totals.calls).toBe(0);
  expect((await ask(`model=${encodeURIComponent("' or '1'='1")}`)).totals.calls).toBe(0);
});

test("dates begin in the zone, and a range is what was asked for", async () => {
  const { from, to, data } = await ask("from=2026-11-01&to=2026-11-02&time_zone=America/New_York&bucket=hour");
  expect([from, to, data]).toEqual(["2026-11-01T04:00:00.000Z", "2026-11-02T05:00:00.000Z", []]);
  const exact = await ask("from=2026-11-01T12:00:00%2B02:00&to=2026-11-01T10:00:00.001Z");
  expect([exact.from, exact.to]).toEqual(["2026-11-01T10:00:00.000Z", "2026-11-01T10:00:00.001Z"]);
});

describe("is refused, by the parameter's name:", () => {
  test.each([
    ["group_by=organization", "group_by"],
    ["group_by=key;drop", "group_by"],
    ["bucket=minute", "bucket"],
    ["bucket=hour&from=2026-01-01&to=2026-03-01", "bucket"],
    ["from=2026-11-02&to=2026-11-01", "from"],
    ["from=2026-11-01&to=2026-11-01", "from"],
    ["from=2025-01-01&to=2026-11-01", "from"],
    ["from=yesterday", "from"],
    ["from=2026-11-01T00:00:00", "from"],
    ["from=1999-01-01&to=1999-02-01", "from"],
    ["to=2026-02-30", "to"],
    ["time_zone=Mars/Olympus", "time_zone"],
    ["time_zone=BST", "time_zone"],
    ["key=1", "key"],
    ["tag=%7Bnight%7D", "tag"],
    ["status=ok", "status"],
    ["org=other", "org"],
    ["key=1&key=2", "key"],
  ])("%s", async (query, param) => {
    const { status, body } = await developer.get(`/organizations/${org}/usage?${query}`);
    expect([status, body["code"], body["param"]]).toEqual([400, "invalid_parameter", param]);
  });

  test("the same of an export, before a byte of it", async () => {
    const { status, headers } = await developer.get(`/organizations/${org}/receipts/export?from=2025-01-01`);
    expect([status, headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  });
});

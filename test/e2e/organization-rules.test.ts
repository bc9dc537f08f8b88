import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { call, chat, LIVE_MODEL, type Answer } from "./support/client.ts";
import { ConsoleClient } from "./support/console-client.ts";
import { dumpTables, placesOf } from "./support/search.ts";
import { startWorld, until, type World } from "./support/world.ts";

/** What members set for all keys of an organization, and that the gateway keeps to it. */
let world: World;
let owner: ConsoleClient;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  owner = new ConsoleClient(world.stack);
  await owner.join();
});
afterAll(() => world.stop());

interface Made {
  readonly path: string;
  readonly keyId: string;
  readonly call: (model?: string, text?: string) => Promise<Answer>;
  readonly patch: (settings: object) => Promise<unknown>;
}

async function makeOrganization(settings: object = {}): Promise<Made> {
  const org = String((await owner.post("/organizations", { name: "Ruled" })).body["id"]);
  await world.credit(org, "10");
  const path = `/organizations/${org}`;
  const made = await owner.post(`${path}/keys`, { name: "Ruled", ...settings });
  expect(made.status, made.text).toBe(201);
  return {
    path,
    keyId: String(made.body["id"]),
    call: (model = LIVE_MODEL, text = "Hello") =>
      call(`${world.url}/chat/completions`, chat(text, { model }), {
        key: String(made.body["key"]),
        headers: { "cf-connecting-ip": "203.0.113.7" },
      }),
    async patch(changes) {
      const { headers } = await owner.get(path);
      const changed = await owner.patch(path, changes, { "if-match": headers.get("etag") ?? "" });
      expect(changed.status, changed.text).toBe(200);
      return changed.body;
    },
  };
}

/** Waits until a call ends so: what was set reaches the object within a moment. */
const answers = (ask: Made["call"], code: unknown) =>
  until(`calls answer ${String(code)}`, async () => (codeOf(await ask()) === code ? true : null));

const codeOf = (answer: Answer): unknown => (answer.status === 200 ? 200 : /"code":"(\w+)"/.exec(answer.text)?.[1]);

describe("an organization's lists of what is allowed", () => {
  test("models: one that is not on it is refused to every key, and allowed again with the list", async () => {
    const { call: ask, patch } = await makeOrganization();
    expect(codeOf(await ask())).toBe(200);
    expect(await patch({ models: ["anthropic/claude-haiku-4-5-20251001"] })).toMatchObject({
      models: ["anthropic/claude-haiku-4-5-20251001"],
    });
    await answers(ask, "model_not_allowed");
    await patch({ models: null });
    await answers(ask, 200);
  });

  test("addresses: a key that allows ours is refused where its organization does not", async () => {
    const { call: ask, patch } = await makeOrganization({ ip_allow: ["0.0.0.0/0", "::/0"] });
    expect(codeOf(await ask())).toBe(200);
    await patch({ ip_allow: ["192.0.2.0/24"] });
    await answers(ask, "ip_not_allowed");
  });
});

describe("a budget that keys share", () => {
  const budgets = z.object({
    scope: z.string(),
    limits: z.array(z.object({ period: z.string(), limit_usd: z.string() })),
  });

  test("is set, listed, keeps calls back, and is lifted", async () => {
    const { path, call: ask } = await makeOrganization({ tags: ["search"] });
    const set = await owner.put(`${path}/budgets/tag:search`, { limits: [{ period: "day", limit_usd: "0" }] });
    expect([set.status, set.body]).toEqual([
      200,
      { scope: "tag:search", limits: [{ period: "day", limit_usd: "0.000000000" }] },
    ]);
    await owner.put(`${path}/budgets/organization`, { limits: [{ period: "month", limit_usd: "100" }] });
    expect((await owner.list(`${path}/budgets`, budgets)).map(({ scope }) => scope)).toEqual([
      "organization",
      "tag:search",
    ]);
    const first = await owner.get(`${path}/budgets?limit=1`);
    expect(first.body["next_cursor"]).toBe("organization");
    expect((await owner.list(`${path}/budgets?limit=1&cursor=organization`, budgets))[0]?.scope).toBe("tag:search");
    await answers(ask, "budget_exceeded");
    await owner.put(`${path}/budgets/tag:search`, { limits: [] });
    await answers(ask, 200);
  });

  test("passing its marks is told", async () => {
    const { path, call: ask } = await makeOrganization();
    await owner.put(`${path}/budgets/organization`, { limits: [{ period: "total", limit_usd: "0.001" }] });
    await until("the budget is used up", async () =>
      (await ask(LIVE_MODEL, "[[sim: usage_input=900 usage_output=90]]")).status === 200 ? null : true,
    );
    const alert = z.object({ scope: z.string(), period: z.string(), percent: z.number() });
    const told = await until("an alert", async () => (await owner.list(`${path}/budget-alerts`, alert))[0] ?? null);
    expect(told).toMatchObject({
      scope: "organization",
      period: "total",
    });
  });

  test.each([
    ["the same period twice", "organization", [1, 2].map(() => ({ period: "day", limit_usd: "1" })), 400],
    ["a negative limit", "organization", [{ period: "day", limit_usd: "-1" }], 400],
    ["a scope that is none", "team", [], 400],
    ["a member of nobody", "mem_01h2xcejqtf2nbrexx3vqjhp41", [], 404],
  ])("is refused with %s", async (_, scope, limits, status) => {
    const { path } = await makeOrganization();
    expect((await owner.put(`${path}/budgets/${scope}`, { limits })).status).toBe(status);
  });
});

describe("an organization's own key at a provider", () => {
  test("is sealed, used, never shown or stored readable, and removed", async () => {
    const { path, call: ask } = await makeOrganization();
    const secret = `sk-own-${randomBytes(24).toString("hex")}`;
    const put = await owner.put(`${path}/provider-keys/openai`, { secret, mode: "only" });
    expect([put.status, put.body["mode"], put.text.includes(secret)]).toEqual([200, "only", false]);
    const provider = z.object({ provider: z.string(), mode: z.string() });
    expect(await owner.list(`${path}/provider-keys`, provider)).toEqual([{ provider: "openai", mode: "only" }]);
    world.stack.sim.reset();
    await until("a call is made with it", async () => {
      expect((await ask()).status).toBe(200);
      return world.stack.sim.received().find(({ headers }) => headers["authorization"] === `Bearer ${secret}`) ?? null;
    });
    expect(placesOf(secret, await dumpTables(world))).toEqual([]);
    expect((await owner.remove(`${path}/provider-keys/openai`)).status).toBe(204);
    expect(await owner.list(`${path}/provider-keys`, provider)).toEqual([]);
    expect((await owner.remove(`${path}/provider-keys/openai`)).status).toBe(404);
    const entry = z.looseObject({ action: z.string() });
    const actions = (await owner.list(`${path}/audit`, entry)).map(({ action }) => action);
    expect(actions).toContain("provider_key.created");
    expect(actions).toContain("provider_key.updated");
  });

  test("is not taken for a provider that nothing is offered of, nor when it is too long", async () => {
    const { path } = await makeOrganization();
    expect((await owner.put(`${path}/provider-keys/nobody`, { secret: "x", mode: "first" })).status).toBe(404);
    const long = await owner.put(`${path}/provider-keys/openai`, { secret: "x".repeat(2_901), mode: "first" });
    expect([long.status, long.body["code"]]).toEqual([400, "invalid_parameter"]);
  });
});

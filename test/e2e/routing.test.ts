import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { call, chat, expectError, LIVE_MODEL, type Answer } from "./support/client.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

/** Served by groq, bedrock, workers-ai, together, huggingface (twice) and novita. */
const LLAMA = "meta/llama-3.3-70b-instruct";
const PROVIDERS_OF_LLAMA = ["groq", "bedrock", "workers-ai", "together", "huggingface", "novita"];
const HAIKU = "anthropic/claude-haiku-4-5-20251001";
const NOTHING = { status: 404, asked: [] as (string | null)[] };

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
  organization = await world.organization();
});
afterAll(() => world.stop());
beforeEach(() => world.stack.sim.reset());

const post = (body: unknown, key = organization.key): Promise<Answer> =>
  call(`${world.url}/chat/completions`, body, { key });

let turn = 0;
/** Each call has words of its own, so that no cache of an earlier prompt draws it anywhere. */
const ask = (fields: Readonly<Record<string, unknown>>, key = organization.key): Promise<Answer> =>
  post(chat(`Question ${(turn += 1)}. [[sim: tokens=6]]`, { model: LLAMA, ...fields }), key);

/** The providers that were asked, in order. */
const asked = () => world.stack.sim.received().map(({ provider }) => provider);

describe("G24: a request's own wishes", () => {
  test.each<{ name: string; provider: object; reason: RegExp }>([
    {
      name: "only",
      provider: { only: ["openai"] },
      reason: /groq\/llama-3\.3-70b-versatile \(not_in_only\)/,
    },
    { name: "ignore", provider: { ignore: PROVIDERS_OF_LLAMA }, reason: /ignored/ },
    { name: "region", provider: { region: "eu" }, reason: /region/ },
    { name: "max_price", provider: { max_price: { prompt: 0.0001 } }, reason: /max_price/ },
    { name: "quantizations", provider: { quantizations: ["int4"] }, reason: /quantization/ },
    { name: "zdr", provider: { zdr: true, only: ["groq"] }, reason: /zdr/ },
    { name: "data_collection", provider: { data_collection: "deny", only: ["novita"] }, reason: /data_collection/ },
    {
      name: "order without fallbacks",
      provider: { order: ["openai"], allow_fallbacks: false },
      reason: /not_in_order/,
    },
  ])("G24: $name leaves nothing: 404 with the reasons, and nobody is asked", async ({ provider, reason }) => {
    const before = await organization.credits();
    const answer = await ask({ provider });
    expectError(answer, "no_allowed_endpoint", { param: "provider", message: reason });
    expect({ status: answer.status, asked: asked() }).toEqual(NOTHING);
    expect(await organization.credits()).toMatchObject({ balance_usd: before.balance_usd, held_usd: 0n });
  });

  test.each<{ name: string; fields: Readonly<Record<string, unknown>>; may: readonly string[] }>([
    { name: "zdr", fields: { provider: { zdr: true } }, may: ["bedrock"] },
    { name: "no data collection", fields: { provider: { data_collection: "deny" } }, may: ["bedrock"] },
    { name: "only one", fields: { provider: { only: ["together"] } }, may: ["together"] },
    { name: "the first of an order", fields: { provider: { order: ["novita", "groq"] } }, may: ["novita"] },
    { name: "one endpoint by its id", fields: { provider: { only: ["groq/llama-3.3-70b-versatile"] } }, may: ["groq"] },
    { name: "fp8", fields: { provider: { quantizations: ["fp8"] } }, may: ["workers-ai", "together"] },
    { name: "a price", fields: { provider: { max_price: { completion: "0.5" } } }, may: ["novita"] },
    { name: ":floor", fields: { model: `${LLAMA}:floor` }, may: ["novita"] },
    {
      name: "sorted by price",
      fields: { provider: { sort: "price", ignore: ["novita"] } },
      may: ["groq", "huggingface"],
    },
  ])("$name is served by $may alone", async ({ fields, may }) => {
    for (let time = 0; time < 4; time += 1) {
      const answer = await ask(fields);
      expect(answer.status, answer.text).toBe(200);
      expect(may).toContain(answer.headers.get("x-prismatic-provider"));
      expect(answer.headers.get("x-prismatic-model")).toBe(LLAMA);
    }
    expect(may).toEqual(expect.arrayContaining([...new Set(asked())]));
    expect(asked()).toHaveLength(4);
  });

  test("G24: a failing endpoint is not replaced where fallbacks are not allowed", async () => {
    world.stack.sim.setFault({ fail: 500 }, "groq");
    const answer = await ask({ provider: { order: ["groq"], allow_fallbacks: false } });
    expect(answer.status).toBe(502);
    expect(new Set(asked())).toEqual(new Set(["groq"]));
  });

  test("an order is tried to its end, and what is not in it only after", async () => {
    for (const provider of ["groq", "together"]) world.stack.sim.setFault({ fail: 500 }, provider);
    const answer = await ask({ provider: { order: ["groq", "together"] } });
    expect(answer.status, answer.text).toBe(200);
    const order = [...new Set(asked())];
    expect(order.slice(0, 2)).toEqual(["groq", "together"]);
    expect(order).toHaveLength(3);
  });

  test("G24: an endpoint named as the model is never replaced by another of the same model", async () => {
    world.stack.sim.setFault({ fail: 500 }, "groq");
    expect((await ask({ model: "groq/llama-3.3-70b-versatile" })).status).toBe(502);
    expect(new Set(asked())).toEqual(new Set(["groq"]));
  });

  test("G24: the wishes hold for the fallback models too", async () => {
    const answer = await ask({ models: [LIVE_MODEL], provider: { zdr: true, only: ["groq", "openai"] } });
    expectError(answer, "no_allowed_endpoint", { param: "provider", message: /zdr/ });
    expect(asked()).toEqual([]);
  });

  test.each([
    ["/messages", { model: LLAMA, max_tokens: 9, messages: [{ role: "user", content: "x" }] }],
    ["/responses", { model: LLAMA, input: "x" }],
    ["/completions", { model: LLAMA, prompt: "x" }],
    ["/embeddings", { model: "openai/text-embedding-3-small", input: "x" }],
  ])("G24: on %s as on chat completions", async (path, body) => {
    const answer = await call(
      `${world.url}${path}`,
      { ...body, provider: { region: "eu" } },
      { key: organization.key },
    );
    expect({ status: answer.status, asked: asked() }).toEqual(NOTHING);
    expect(answer.text).toMatch(/region/);
  });
});

describe("G24: a policy", () => {
  test("G24: of the key: 403 with the reasons, whatever the request wishes; what it allows is served", async () => {
    const none = { dataCollection: null, zdr: false, regions: null, providersOnly: null, providersIgnore: null };
    const { key } = await organization.newKey({ policy: { ...none, zdr: true } });
    for (const fields of [
      { model: LIVE_MODEL },
      { provider: { only: ["groq"] } },
      { provider: { zdr: false, only: ["novita"] } },
    ]) {
      expectError(await ask(fields, key), "policy_denies_endpoints", { message: /zdr/ });
    }
    expect(asked()).toEqual([]);
    const answer = await ask({}, key);
    expect(answer.headers.get("x-prismatic-provider")).toBe("bedrock");
  });

  test("G24: of the organization, for all of its keys; a key's own can only narrow it", async () => {
    const tenant = await world.organization();
    await tenant.setPolicy({ providersOnly: ["groq", "together"] });
    for (let time = 0; time < 3; time += 1) expect((await ask({}, tenant.key)).status).toBe(200);
    expect(["groq", "together"]).toEqual(expect.arrayContaining([...new Set(asked())]));
    world.stack.sim.reset();
    const none = { dataCollection: null, zdr: false, regions: null, providersOnly: null, providersIgnore: null };
    const wider = await tenant.newKey({ policy: { ...none, providersOnly: ["novita", "openai"] } });
    expectError(await ask({}, wider.key), "policy_denies_endpoints");
    const narrower = await tenant.newKey({ policy: { ...none, providersIgnore: ["groq"] } });
    expect((await ask({}, narrower.key)).headers.get("x-prismatic-provider")).toBe("together");
    await tenant.setPolicy({});
    // A key that is in use learns of it when its lease is over.
    await until("the policy to be lifted", async () => {
      const { status } = await ask({ provider: { only: ["novita"] } }, tenant.key);
      return status === 200 ? true : null;
    });
  });

  test("G24: a refusal by policy holds and charges nothing, and leaves no receipt", async () => {
    const tenant = await world.organization();
    await tenant.setPolicy({ dataCollection: "deny", regions: ["eu"] });
    const answer = await ask({}, tenant.key);
    expectError(answer, "policy_denies_endpoints", { message: /data_collection|region/ });
    expect(await tenant.credits()).toMatchObject({ balance_usd: tenant.creditNano });
    expect(asked()).toEqual([]);
  });
});

describe("fallback models", () => {
  test("the first is down: the second answers, header and receipt name it, and only it is paid", async () => {
    world.stack.sim.setFault({ fail: 503 }, "openai");
    const answer = await ask({ model: LIVE_MODEL, models: [LIVE_MODEL, HAIKU] });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("x-prismatic-model")).toBe(HAIKU);
    expect(Number(answer.headers.get("x-prismatic-attempts"))).toBeGreaterThan(1);
    const receipt = await organization.generation(answer.id);
    expect(receipt).toMatchObject({ model: HAIKU, provider: "anthropic", outcome: "completed", kind: "measured" });
    expect(receipt.attempts.at(-1)).toMatchObject({ provider: "anthropic", status: 200, code: null });
    expect(receipt.attempts[0]).toMatchObject({ provider: "openai", status: 503 });
    const alone = await ask({ model: HAIKU });
    expect((await organization.generation(alone.id)).cost_usd).toBe(receipt.cost_usd);
  });

  test("streamed as well", async () => {
    world.stack.sim.setFault({ kill: true }, "openai");
    const answer = await ask({ model: LIVE_MODEL, models: [HAIKU], stream: true });
    expect(answer.headers.get("x-prismatic-model")).toBe(HAIKU);
    expect(answer.text).toContain("[DONE]");
    expect((await organization.generation(answer.id)).outcome).toBe("completed");
  });

  test("a fallback that the key may not use is not used", async () => {
    const { key } = await organization.newKey({ models: [LIVE_MODEL] });
    world.stack.sim.setFault({ fail: 503 }, "openai");
    const answer = await ask({ model: LIVE_MODEL, models: [HAIKU] }, key);
    expect(answer.status).toBe(503);
    expect(new Set(asked())).toEqual(new Set(["openai"]));
  });

  test("what the request is at fault for is not asked of another model", async () => {
    world.stack.sim.setFault({ fail: 400 }, "openai");
    const answer = await ask({ model: LIVE_MODEL, models: [HAIKU] });
    expectError(answer, "upstream_invalid_request");
    expect(asked()).toEqual(["openai"]);
  });
});

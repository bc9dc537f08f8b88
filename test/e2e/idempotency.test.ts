import { APIError, ConflictError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { call, chat, expectError, openAi, type Answer } from "./support/client.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

const PARALLEL = 64;

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.stack.sim.reset();
  organization = await world.organization();
});

/** Every way to ask for text, each with the request that asks it to be slow. */
const ROUTES = [
  { name: "chat completions", path: "/v1/chat/completions", body: (prompt: string) => chat(prompt) },
  {
    name: "responses",
    path: "/v1/responses",
    body: (prompt: string) => ({ model: "openai/gpt-5-mini", input: prompt }),
  },
  {
    name: "messages",
    path: "/v1/messages",
    body: (prompt: string) => ({
      model: "anthropic/claude-haiku-4-5-20251001",
      max_tokens: 64,
      messages: [{ role: "user", content: prompt }],
    }),
  },
  {
    name: "generateContent",
    path: "/v1beta/models/google/gemini-2.5-flash:generateContent",
    body: (prompt: string) => ({ contents: [{ role: "user", parts: [{ text: prompt }] }] }),
  },
  {
    name: "embeddings",
    path: "/v1/embeddings",
    body: (prompt: string) => ({ model: "openai/text-embedding-3-small", input: prompt }),
  },
] as const;

const send = (path: string, body: unknown, idempotencyKey: string, key = organization.key): Promise<Answer> =>
  call(`${world.stack.urls.gateway}${path}`, body, { key, headers: { "idempotency-key": idempotencyKey } });

const post = (prompt: string, idempotencyKey: string, key = organization.key): Promise<Answer> =>
  send("/v1/chat/completions", chat(prompt), idempotencyKey, key);

/** Sends a call that must run, and waits until it has ended: the answer is there a moment before. */
async function run(prompt: string, idempotencyKey: string, tenant = organization): Promise<Answer> {
  const answer = await post(prompt, idempotencyKey, tenant.key);
  expect(answer.status).toBe(200);
  await tenant.generation(answer.id);
  return answer;
}

const untilAsked = (): Promise<true> =>
  until("the provider to be asked", () => (world.stack.sim.totals().requests > 0 ? true : null));

describe("one Idempotency-Key is one call and one charge", () => {
  test(`G22: of ${PARALLEL} at once one runs; the others are told so, and whose receipt it is`, async () => {
    const answers = await Promise.all(
      Array.from({ length: PARALLEL }, () => post("Once [[sim: first=900 tokens=9]]", "at-once")),
    );
    const [first, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    const others = answers.filter((answer) => answer !== first);
    expect(others).toHaveLength(PARALLEL - 1);
    for (const other of others) {
      expect(other.status).toBe(409);
      expect(other.text).toMatch(/idempotency_in_progress|idempotency_key_reused/);
      expect(other.text).toContain(first?.id);
    }
    expect(others.some(({ text }) => text.includes("idempotency_in_progress"))).toBe(true);
    expect(world.stack.sim.totals().requests).toBe(1);
    const receipt = await organization.postedGeneration(first?.id ?? "");
    expect(receipt.cost_usd).toBeGreaterThan(0n);
    expect(await organization.postedReceipts(1)).toEqual([{ id: first?.id, costNano: receipt.cost_usd }]);
    expect((await organization.credits()).balance_usd).toBe(organization.creditNano - receipt.cost_usd);
  });

  test.each(ROUTES)("G22: $name: in flight and afterwards, the first receipt is named", async ({ path, body }) => {
    const running = send(path, body("Slow [[sim: first=250]]"), "slow");
    await untilAsked();
    const meanwhile = await send(path, body("Slow [[sim: first=250]]"), "slow");
    const first = await running;
    expect(first.status).toBe(200);
    await organization.generation(first.id);
    const afterwards = await send(path, body("Something else, even"), "slow");
    for (const [answer, retry] of [
      [meanwhile, "true"],
      [afterwards, "false"],
    ] as const) {
      expect(answer.status).toBe(409);
      expect(answer.text).toContain(first.id);
      expect(answer.headers.get("x-should-retry")).toBe(retry);
      expect(answer.id).not.toBe(first.id);
    }
    expect(world.stack.sim.totals().requests).toBe(1);
    expect(await organization.findGeneration(afterwards.id)).toBe(null);
  });

  test("G22: another body under a used key is not run either: what ran is named", async () => {
    const first = await run("The first", "k");
    expectError(await post("The second", "k"), "idempotency_key_reused", { message: new RegExp(first.id) });
    expect(world.stack.sim.totals().requests).toBe(1);
  });

  test("G22: OpenAI's client does not loop on a call that has run, however often it may try", async () => {
    const client = openAi(world.url, organization.key, { maxRetries: 5 });
    const create = () =>
      client.chat.completions.create(
        { model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Once" }] },
        { headers: { "Idempotency-Key": "mine" } },
      );
    await create();
    const fault: unknown = await create().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ConflictError);
    expect(fault instanceof APIError && fault.code).toBe("idempotency_key_reused");
    expect(world.stack.sim.totals().requests).toBe(1);
    expect(await organization.postedReceipts(1)).toHaveLength(1);
  });

  test("G22: a client that retries a call whose answer it lost is charged for one", async () => {
    const hangUp = new AbortController();
    const headers = { "idempotency-key": "lost" };
    const url = `${world.url}/chat/completions`;
    const body = chat("Lost [[sim: first=250 tokens=8]]");
    const lost = call(url, body, { key: organization.key, headers, signal: hangUp.signal });
    const rejected = expect(lost).rejects.toThrow();
    await untilAsked();
    hangUp.abort();
    await rejected;
    const client = openAi(world.url, organization.key, { maxRetries: 3 });
    const again: unknown = await client.chat.completions
      .create({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Lost" }] }, { headers })
      .catch((error: unknown) => error);
    expect(again).toBeInstanceOf(ConflictError);
    expect(await organization.postedReceipts(1)).toHaveLength(1);
    expect(world.stack.sim.totals().requests).toBe(1);
  });
});

describe("a key is free again where nothing was charged", () => {
  test("G22: after a call that failed", async () => {
    const failed = await post("Fail [[sim: fail=400]]", "again");
    expectError(failed, "upstream_invalid_request");
    expect((await organization.generation(failed.id)).cost_usd).toBe(0n);
    const second = await run("Work", "again");
    expectError(await post("Work", "again"), "idempotency_key_reused", { message: new RegExp(second.id) });
  });

  test("G22: after a call that was refused before it ran", async () => {
    const poor = await organization.newKey({ models: ["openai/gpt-4o"] });
    expectError(await post("Refused", "later", poor.key), "model_not_allowed");
    await organization.setKey(poor, "models = NULL");
    expect((await post("Allowed", "later", poor.key)).status).toBe(200);
  });

  test.each([
    ["empty", ""],
    ["too long", "k".repeat(10_000)],
  ])("an Idempotency-Key that is %s is refused by its name", async (_name, value) => {
    expectError(await post("x", value), "invalid_parameter", { param: "idempotency-key" });
    expect(world.stack.sim.totals().requests).toBe(0);
  });
});

describe("tenants", () => {
  test("G28: two tenants with the same prompt and the same Idempotency-Key are two calls, each with its receipt", async () => {
    const other = await world.organization();
    const prompt = "The same words for both of us. [[sim: first=300 tokens=7]]";
    const [mine, theirs] = await Promise.all([run(prompt, "shared"), run(prompt, "shared", other)]);
    expect(world.stack.sim.totals().requests).toBe(2);
    expectError(await post(prompt, "shared"), "idempotency_key_reused", { message: new RegExp(mine.id) });
    const refused = await post(prompt, "shared", other.key);
    expectError(refused, "idempotency_key_reused", { message: new RegExp(theirs.id) });
    expect(refused.text).not.toContain(mine.id);
    expect(await organization.postedReceipts(1)).toMatchObject([{ id: mine.id }]);
    expect(await other.postedReceipts(1)).toMatchObject([{ id: theirs.id }]);
  });

  test("G28: two API keys of one organization share no Idempotency-Key either", async () => {
    const second = await organization.newKey();
    expect((await post("Same", "shared")).status).toBe(200);
    expect((await post("Same", "shared", second.key)).status).toBe(200);
    expect(world.stack.sim.totals().requests).toBe(2);
  });
});

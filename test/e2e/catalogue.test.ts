import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { anthropicClient } from "./matrix/anthropic.ts";
import { geminiSdk } from "./matrix/gemini.ts";
import { call, chat, openAi } from "./support/client.ts";
import { startWorld, type Organization, type World } from "./support/world.ts";

const JOINED = "anthropic/claude-haiku-4-5";
const usd = z.string().regex(/^\d+\.\d{9}$/);
const quoteSchema = z.object({
  model: z.string(),
  input_tokens_estimate: z.int().min(1),
  input_tokens_bound: z.int().min(1),
  output_tokens_maximum: z.int().min(1),
  estimate_usd: usd,
  bound_usd: usd,
  price_version: z.string(),
  candidates: z
    .array(z.object({ endpoint: z.string(), provider: z.string(), estimate_usd: usd, bound_usd: usd }))
    .min(1),
  excluded: z.array(z.object({ endpoint: z.string(), reason: z.string() })),
});
const endpointSchema = z.object({
  id: z.string(),
  provider: z.string(),
  pricing: z.record(z.string(), z.object({ usd: z.string(), per: z.number() })),
  abort_policy: z.enum(["cancel", "drain"]),
  data_policy: z.object({ retention: z.string(), training: z.string() }),
  health: z.object({
    state: z.enum(["closed", "open", "half-open"]),
    first_byte_p50_ms: z.number().nullable(),
    tokens_per_second_p50: z.number().nullable(),
  }),
});

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { BREAKER_OPEN_MAX_MS: "60000" } });
  organization = await world.organization();
});
afterAll(() => world.stop());

const nanoOf = (text: string): bigint => BigInt(text.replace(".", ""));

async function get(path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(`${world.stack.urls.gateway}${path}`, { headers });
  expect(response.status).toBe(200);
  return response.json();
}

describe("the catalogue, in each client's shape", () => {
  test("OpenAI's client lists models with prices and policies, and reads one by an id with a slash", async () => {
    const client = openAi(world.url, organization.key);
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain(JOINED);
    const model = await client.models.retrieve(JOINED);
    expect(model).toMatchObject({ id: JOINED, endpoints: 2, abort_policy: "drain" });
    expect(await get(`/v1/models/${encodeURIComponent(JOINED)}`)).toEqual(model);
  });

  test("Anthropic's client lists and reads them", async () => {
    const client = anthropicClient(world.stack.urls.gateway, organization.key);
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toContain("openai/gpt-4o-mini");
    expect(await client.models.retrieve(JOINED)).toMatchObject({ type: "model", id: JOINED });
  });

  test("Google's address lists them as Google does", async () => {
    const listed = z
      .object({ models: z.array(z.object({ name: z.string(), supportedGenerationMethods: z.array(z.string()) })) })
      .parse(await get("/v1beta/models"));
    const found = listed.models.find(({ name }) => name === `models/${JOINED}`);
    expect(found?.supportedGenerationMethods).toContain("generateContent");
    expect(await get(`/v1beta/models/${JOINED}`)).toMatchObject({ name: `models/${JOINED}` });
  });

  test("Google's client lists and reads them, below the version that it asks", async () => {
    const client = geminiSdk(world.stack.urls.gateway, organization.key);
    const names: (string | undefined)[] = [];
    for await (const { name } of await client.models.list()) names.push(name);
    expect(names).toContain(`models/${JOINED}`);
    const model = await client.models.get({ model: `models/${JOINED}` });
    expect(model).toMatchObject({
      name: `models/${JOINED}`,
      supportedActions: ["generateContent", "streamGenerateContent", "countTokens"],
    });
    await expect(client.models.get({ model: "models/openai/nothing" })).rejects.toMatchObject({ status: 404 });
  });

  test("a model's endpoints have their own terms and health", async () => {
    await call(`${world.url}/chat/completions`, chat("x", { model: JOINED, provider: { only: ["bedrock"] } }), {
      key: organization.key,
    });
    const { data } = z.object({ data: z.array(endpointSchema) }).parse(await get(`/v1/models/${JOINED}/endpoints`));
    expect(data.map(({ provider }) => provider).toSorted()).toEqual(["anthropic", "bedrock"]);
    const bedrock = data.find(({ provider }) => provider === "bedrock");
    expect(bedrock?.health.state).toBe("closed");
    expect(bedrock?.health.first_byte_p50_ms).not.toBeNull();
  });

  test("the endpoints of a model that the key cannot call are not listed", async () => {
    const sandbox = await organization.newKey({ mode: "test" });
    const of = (model: string, key: string) =>
      call(`${world.url}/models/${encodeURIComponent(model)}/endpoints`, null, { method: "GET", key });
    expect((await of("sandbox/echo", sandbox.key)).status).toBe(200);
    expect((await of("sandbox/echo", organization.key)).status).toBe(404);
    expect((await of(JOINED, sandbox.key)).status).toBe(404);
    expect((await of(JOINED, "prism_live_nonsense")).status).toBe(401);
  });

  test("an unknown model has no endpoints: 404 with near matches", async () => {
    const response = await fetch(`${world.url}/models/openai/gpt-4o-minii/endpoints`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("gpt-4o-mini");
  });
});

describe("quotes", () => {
  test("a quote says the most that a call can cost and where it would go, and makes none", async () => {
    const before = world.stack.sim.totals().requests;
    const body = chat("Tell me something.", { model: JOINED, max_tokens: 100, provider: { ignore: ["anthropic"] } });
    const answer = await call(`${world.url}/quote`, { path: "/v1/chat/completions", body }, { key: organization.key });
    const quoted = quoteSchema.parse(JSON.parse(answer.text));
    expect(quoted).toMatchObject({ model: JOINED, output_tokens_maximum: 100 });
    expect(quoted.candidates.map(({ provider }) => provider)).toEqual(["bedrock"]);
    expect(quoted.excluded).toMatchObject([{ reason: "ignored" }]);
    expect(world.stack.sim.totals().requests).toBe(before);
    expect((await organization.credits()).held_usd).toBe(0n);

    const made = await call(`${world.url}/chat/completions`, body, { key: organization.key });
    const receipt = await organization.generation(made.id);
    expect(receipt.cost_usd <= nanoOf(quoted.estimate_usd)).toBe(true);
    expect(receipt.held_usd).toBe(nanoOf(quoted.bound_usd));
  });

  test("the body counts as it is spelt: what is quoted is what is held", async () => {
    const parameters = JSON.stringify({ type: "object", properties: {} }, null, 40);
    const tools = `[{ "type": "function", "function": { "name": "f", "parameters": ${parameters} } }]`;
    const body = `{ "model": "${JOINED}", "max_tokens": 20, "tools": ${tools}, "messages": [{ "role": "user", "content": "\\u0041" }] }`;
    const asked = `{ "path": "/v1/chat/completions", "body": ${body} }`;
    const { bound_usd } = quoteSchema.parse(
      JSON.parse((await call(`${world.url}/quote`, asked, { key: organization.key })).text),
    );
    const made = await call(`${world.url}/chat/completions`, body, { key: organization.key });
    expect((await organization.generation(made.id)).held_usd).toBe(nanoOf(bound_usd));
  });

  test.each([
    ["/v1/messages", { model: JOINED, max_tokens: 10, messages: [{ role: "user", content: "x" }] }],
    ["/messages", { model: JOINED, max_tokens: 10, messages: [{ role: "user", content: "x" }] }],
    ["/v1/responses", { model: "openai/gpt-5-mini", input: "x" }],
    ["/v1/completions", { model: "openai/gpt-4o-mini", prompt: "x" }],
    ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "x" }],
    ["/v1/rerank", { model: "cohere/rerank-v3.5", query: "x", documents: ["a", "b"] }],
    ["/v1/images/generations", { model: "openai/gpt-image-1-mini", prompt: "x", quality: "low" }],
    ["/v1beta/models/google/gemini-2.5-flash:generateContent", { contents: [{ parts: [{ text: "x" }] }] }],
    ["/v1/models/google%2Fgemini-2.5-flash:streamGenerateContent?alt=sse", { contents: [{ parts: [{ text: "x" }] }] }],
    ["/v1beta/models/google/gemini-embedding-001:embedContent", { content: { parts: [{ text: "x" }] } }],
  ])("%s can be quoted: an estimate that is no more than the bound", async (path, body) => {
    const answer = await call(`${world.url}/quote`, { path, body }, { key: organization.key });
    expect(answer.status).toBe(200);
    const quoted = z
      .object({ object: z.literal("quote"), estimate_usd: usd, bound_usd: usd })
      .parse(JSON.parse(answer.text));
    expect(nanoOf(quoted.estimate_usd) > 0n).toBe(true);
    expect(nanoOf(quoted.estimate_usd) <= nanoOf(quoted.bound_usd)).toBe(true);
  });

  test("sound that is priced by its length has a bound and no estimate", async () => {
    const body = { model: "openai/gpt-4o-mini-tts", input: "Hi", voice: "alloy" };
    const answer = await call(`${world.url}/quote`, { path: "/v1/audio/speech", body }, { key: organization.key });
    expect(JSON.parse(answer.text)).toMatchObject({
      estimate_usd: null,
      bound_usd: expect.stringMatching(/[1-9]/) as unknown,
    });
  });

  test.each([
    [{ path: "/v1/videos", body: {} }, 400, "path"],
    [{ body: {} }, 400, "path"],
    [{ path: "/v1/audio/transcriptions", body: {} }, 400, "path"],
    [{ path: "/v1/chat/completions", body: [] }, 400, "body"],
    [{ path: "/v1/chat/completions" }, 400, "body"],
    [{ path: "/v1/chat/completions", body: { model: "openai/gpt-4o-mini" } }, 400, "messages"],
  ])("%j is refused by the name of what is wrong", async (asked, status, param) => {
    const answer = await call(`${world.url}/quote`, asked, { key: organization.key });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`"param":"${param}"`);
  });

  test("a quote needs a key", async () => {
    expect((await call(`${world.url}/quote`, { path: "/v1/messages", body: {} })).status).toBe(401);
  });
});

const statusSchema = z.strictObject({
  object: z.literal("status"),
  status: z.enum(["ok", "degraded"]),
  providers: z.array(
    z.strictObject({
      provider: z.string(),
      status: z.enum(["ok", "degraded"]),
      endpoints: z.int(),
      failing: z.int(),
    }),
  ),
});

describe("the status", () => {
  test("names every configured provider, to anybody, and may be cached for ten seconds", async () => {
    const { status, providers } = statusSchema.parse(await get("/v1/status"));
    expect(status).toBe("ok");
    expect(providers.map(({ provider }) => provider)).toContain("bedrock");
    expect(providers.map(({ provider }) => provider)).not.toContain("sandbox");
    const answer = await call(`${world.url}/status`, null, { method: "GET" });
    expect(answer.headers.get("cache-control")).toBe("public, max-age=10");
  });

  test("degrades with an endpoint that asks to be left alone, which quotes leave out by name", async () => {
    const limited = chat("x [[sim: fail=429 retry_after=30]]", { model: JOINED, provider: { only: ["bedrock"] } });
    expect((await call(`${world.url}/chat/completions`, limited, { key: organization.key })).status).toBe(429);
    const { status, providers } = statusSchema.parse(await get("/v1/status"));
    expect(status).toBe("degraded");
    expect(providers.filter((one) => one.status === "degraded")).toMatchObject([{ provider: "bedrock", failing: 1 }]);

    const asked = { path: "/v1/chat/completions", body: chat("x", { model: JOINED }) };
    const answer = await call(`${world.url}/quote`, asked, { key: organization.key });
    const quoted = quoteSchema.parse(JSON.parse(answer.text));
    expect(quoted.candidates.map(({ provider }) => provider)).toEqual(["anthropic"]);
    expect(quoted.excluded).toMatchObject([{ reason: "rate_limited" }]);
  });
});

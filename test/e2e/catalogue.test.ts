import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { anthropicClient } from "./matrix/anthropic.ts";
import { call, chat, openAi } from "./support/client.ts";
import { startWorld, type Organization, type World } from "./support/world.ts";

const JOINED = "anthropic/claude-haiku-4-5";
const usd = z.string().regex(/^\d+\.\d{9}$/);
const quoteSchema = z.object({
  model: z.string(),
  input_tokens_estimate: z.int().min(1),
  input_tokens_bound: z.int().min(1),
  output_tokens_maximum: z.int().min(1),
  bound_usd: usd,
  candidates: z.array(z.object({ endpoint: z.string(), provider: z.string(), bound_usd: usd })).min(1),
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
  world = await startWorld();
  organization = await world.organization();
});
afterAll(() => world.stop());

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
    expect(receipt.cost_usd <= BigInt(quoted.bound_usd.replace(".", ""))).toBe(true);
    expect(receipt.held_usd).toBe(BigInt(quoted.bound_usd.replace(".", "")));
  });

  test.each([
    ["/v1/messages", { model: JOINED, max_tokens: 10, messages: [{ role: "user", content: "x" }] }],
    ["/v1/responses", { model: "openai/gpt-5-mini", input: "x" }],
    ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "x" }],
    ["/v1beta/models/google/gemini-2.5-flash:generateContent", { contents: [{ parts: [{ text: "x" }] }] }],
  ])("%s can be quoted", async (path, body) => {
    const answer = await call(`${world.url}/quote`, { path, body }, { key: organization.key });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({
      object: "quote",
      bound_usd: expect.stringMatching(/^\d+\.\d{9}$/) as unknown,
    });
  });

  test.each([
    [{ path: "/v1/videos", body: {} }, 400, "path"],
    [{ body: {} }, 400, "path"],
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

test("the status names every configured provider, to anybody, and degrades with a failing one", async () => {
  const statusSchema = z.object({
    status: z.enum(["ok", "degraded"]),
    providers: z.array(z.object({ provider: z.string(), status: z.enum(["ok", "degraded"]) })),
  });
  const { providers } = statusSchema.parse(await get("/v1/status"));
  expect(providers.map(({ provider }) => provider)).toContain("bedrock");
  expect(providers.map(({ provider }) => provider)).not.toContain("sandbox");
});

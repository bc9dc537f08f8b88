import { afterAll, beforeAll, expect, test } from "vitest";
import { anthropicClient } from "./matrix/anthropic.ts";
import { geminiSdk } from "./matrix/gemini.ts";
import { openAi } from "./support/client.ts";
import { startWorld, type Organization, type World } from "./support/world.ts";

const PROMPT = "How many tokens are in this sentence, all in all?";

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld();
  organization = await world.organization();
});
afterAll(() => world.stop());

const requests = () => world.stack.sim.totals().requests;

test("Anthropic counts for its own models, and the count is free", async () => {
  const client = anthropicClient(world.stack.urls.gateway, organization.key);
  const before = requests();
  const { data, response } = await client.messages
    .countTokens({
      model: "anthropic/claude-haiku-4-5-20251001",
      system: "Count.",
      messages: [{ role: "user", content: PROMPT }],
    })
    .withResponse();
  expect(data.input_tokens).toBeGreaterThan(8);
  expect(requests()).toBe(before + 1);
  expect(response.headers.get("x-prismatic-token-count")).toBeNull();
  const receipt = await organization.generation(response.headers.get("x-request-id") ?? "");
  expect(receipt).toMatchObject({ operation: "tokens.count", outcome: "completed", cost_usd: 0n, units: {} });
});

test("the gateway estimates for a model whose provider cannot count, says so, and asks nobody", async () => {
  const client = anthropicClient(world.stack.urls.gateway, organization.key);
  const before = requests();
  const { data, response } = await client.messages
    .countTokens({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: PROMPT }] })
    .withResponse();
  expect(data.input_tokens).toBeGreaterThan(8);
  expect(data.input_tokens).toBeLessThan(40);
  expect(requests()).toBe(before);
  expect(response.headers.get("x-prismatic-token-count")).toBe("estimated");
  const receipt = await organization.generation(response.headers.get("x-request-id") ?? "");
  expect(receipt).toMatchObject({ outcome: "completed", cost_usd: 0n, attempts: [] });
});

test("a model with several endpoints is counted by the one that can", async () => {
  const client = anthropicClient(world.stack.urls.gateway, organization.key);
  for (let call = 0; call < 6; call += 1) {
    const { response } = await client.messages
      .countTokens({ model: "anthropic/claude-haiku-4-5", messages: [{ role: "user", content: PROMPT }] })
      .withResponse();
    expect(response.headers.get("x-prismatic-provider")).toBe("anthropic");
  }
});

test("Google's client counts with Google's models and with others", async () => {
  const client = geminiSdk(world.stack.urls.gateway, organization.key);
  for (const model of ["google/gemini-2.5-flash", "groq/llama-3.1-8b-instant"]) {
    const { totalTokens } = await client.models.countTokens({ model, contents: PROMPT });
    expect(totalTokens).toBeGreaterThan(8);
  }
});

test("OpenAI's client counts what a response would read", async () => {
  const client = openAi(world.url, organization.key);
  const counted = await client.responses.inputTokens.count({ model: "openai/gpt-5-mini", input: PROMPT });
  expect(counted).toMatchObject({ object: "response.input_tokens" });
  expect(counted.input_tokens).toBeGreaterThan(8);
});

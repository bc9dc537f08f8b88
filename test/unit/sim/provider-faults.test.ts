import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROVIDERS } from "../../../dev/sim/providers.ts";
import { simulatedBaseUrl, startSim, type Sim } from "../../../dev/sim/index.ts";
import { clientOf, eventsOf, post, user } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const chat = (provider: string, prompt = "hi", extra: object = {}) =>
  post(sim, `/${provider}/v1/chat/completions`, { model: "m", messages: user(prompt), ...extra });
const control = (body: unknown) => post(sim, "/_sim/fault", body);
/** The status of an answer, or that there was none. */
const outcomeOf = (call: Promise<Response>) =>
  call.then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => "destroyed" as const,
  );

describe("a provider's bad day, begun and ended while it runs", () => {
  it("breaks one provider and leaves the others, until it is mended", async () => {
    sim.setFault("error", "openai");
    expect([(await chat("openai")).status, (await chat("groq")).status]).toEqual([500, 200]);
    sim.setFault(null, "openai");
    expect((await chat("openai")).status).toBe(200);
  });

  it("goes over what prompts and defaults say", async () => {
    sim.configure("fail=503");
    sim.setFault("rate-limit", "openai");
    const response = await chat("openai", "[[sim: fail=400 retry_after=9]]");
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
  });

  it("destroys connections, those of running answers too", async () => {
    const running = await chat("openai", "[[sim: tokens=50 delay=1000]]", { stream: true });
    sim.setFault("kill", "openai");
    await expect(running.text()).rejects.toThrow();
    expect(await outcomeOf(chat("openai"))).toBe("destroyed");
    expect(await outcomeOf(chat("groq"))).toBe(200);
    expect(sim.received().map(({ outcome }) => outcome)).toEqual(["cut", "cut", "finished"]);
  });

  it("hits a share of the requests, the same in every run", async () => {
    sim.setFault({ fail: 500 }, "openai", 25);
    const statuses: number[] = [];
    for (let request = 0; request < 100; request++) statuses.push((await chat("openai")).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(25);
    expect(statuses.slice(0, 20)).toContain(200);
    expect(statuses.slice(0, 20)).toContain(500);
  });

  it("is steered from outside, and refuses what it does not know", async () => {
    expect((await control({ fault: "overloaded", provider: "anthropic" })).status).toBe(200);
    const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
    const body = { model: "m", max_tokens: 5, messages: user("hi") };
    expect((await post(sim, "/anthropic/v1/messages", body, headers)).status).toBe(529);
    expect((await control({ fault: null, provider: "anthropic" })).status).toBe(200);
    expect((await post(sim, "/anthropic/v1/messages", body, headers)).status).toBe(200);
    for (const wrong of [{ fault: "flood" }, { fault: "kill", provider: "x" }, { fault: "kill", share: 0 }, {}]) {
      expect((await control(wrong)).status).toBe(400);
    }
  });
});

describe("answers that are not true", () => {
  const asked = { stream: true, stream_options: { include_usage: true } };

  it.each([
    ["lie-usage", 1_999_999_999],
    ["lie-negative", -5],
  ] as const)("%s in the usage", async (fault, tokens) => {
    sim.setFault(fault, "openai");
    const whole: unknown = await (await chat("openai")).json();
    expect(whole).toMatchObject({ usage: { prompt_tokens: tokens, completion_tokens: tokens } });
    const events = eventsOf(await (await chat("openai", "hi", asked)).text());
    expect(events.at(-1)).toMatchObject({ usage: { prompt_tokens: tokens } });
  });

  it("lie-truncated ends in the middle as if all were well", async () => {
    const [whole, streamed] = [await (await chat("openai")).text(), await (await chat("openai", "hi", asked)).text()];
    sim.setFault("lie-truncated", "openai");
    const cut = await chat("openai");
    expect((await cut.text()).length).toBe(Math.ceil(whole.length / 2));
    const events = await (await chat("openai", "hi", asked)).text();
    expect(events).not.toContain("[DONE]");
    expect(eventsOf(events)).toHaveLength(Math.ceil(eventsOf(streamed).length / 2));
  });

  it("lie-content is well-formed JSON of something else", async () => {
    sim.setFault("lie-content");
    expect(await (await chat("openai")).json()).toEqual({ unexpected: { status: "ok", items: [] } });
    const events = eventsOf(await (await chat("openai", "hi", asked)).text());
    expect(new Set(events.map((event) => JSON.stringify(event)))).toEqual(
      new Set(['{"unexpected":{"status":"ok","items":[]}}']),
    );
  });

  it("error_after ends a stream with an error in the provider's shape and no end marker", async () => {
    const text = await (await chat("openai", "[[sim: tokens=9 error_after=3 error_status=429]]", asked)).text();
    const events = eventsOf(text);
    expect(events).toHaveLength(4);
    expect(events[3]).toMatchObject({ error: { code: "rate_limit_exceeded" } });
    expect(text).not.toContain("[DONE]");
  });
});

describe("compatible providers", () => {
  const compatible = [...PROVIDERS.values()].filter((provider) =>
    provider.formats.some(({ path }) => path === "/chat/completions"),
  );

  it("are more than twenty", () => {
    expect(compatible.length).toBeGreaterThan(20);
  });

  it.each(compatible.map(({ name }) => name))("%s answers the official client below its own base URL", async (name) => {
    const client = clientOf(sim, name);
    client.baseURL = simulatedBaseUrl(sim.url, name);
    const messages = user("[[sim: tokens=5]]");
    const whole = await client.chat.completions.create({ model: "m", messages });
    const final = await client.chat.completions
      .stream({ model: "m", messages, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(final.usage?.completion_tokens).toBe(5);
    expect(sim.received().map(({ provider }) => provider)).toEqual([name, name]);
  });

  it.each([
    ["cerebras", { message: expect.any(String), code: "rate_limit_exceeded" }],
    ["huggingface", { error: expect.any(String) }],
    ["novita", { code: 429, reason: expect.any(String) }],
    ["openrouter", { error: expect.objectContaining({ code: 429 }) }],
    ["workers-ai", { success: false, errors: [expect.objectContaining({ code: 3_040 })] }],
    ["zhipu", { error: expect.objectContaining({ code: "1302" }) }],
  ])("%s words its errors in its own way", async (name, body) => {
    const response = await chat(name, "[[sim: fail=429]]");
    expect([response.status, await response.json()]).toEqual([429, expect.objectContaining(body)]);
  });

  it("some send a stream's usage unasked, others only when asked", async () => {
    const lastOf = async (name: string) => eventsOf(await (await chat(name, "hi", { stream: true })).text()).at(-1);
    expect(await lastOf("together")).toHaveProperty("usage");
    expect(await lastOf("moonshot")).not.toHaveProperty("usage");
  });

  it("Baseten counts on in every chunk of a stream, when asked", async () => {
    const read = async (more: object) =>
      eventsOf(await (await chat("baseten", "[[sim: tokens=3]]", { stream: true, ...more })).text());
    expect(await read({ stream_options: { include_usage: true } })).toMatchObject(
      [0, 1, 2, 3, 3, 3].map((completion_tokens) => ({ usage: { completion_tokens } })),
    );
    for (const event of await read({})) expect(event).not.toHaveProperty("usage");
  });

  it("Workers AI answers embeddings with numbers, though base64 was asked for", async () => {
    const body = { model: "m", input: "hi", encoding_format: "base64", dimensions: 2 };
    const answer: unknown = await (await post(sim, "/workers-ai/v1/embeddings", body)).json();
    expect(answer).toMatchObject({ data: [{ embedding: [expect.any(Number), expect.any(Number)] }] });
  });

  it("of one's own ask for no key, the others do", async () => {
    const call = (provider: string) =>
      fetch(`${sim.url}/${provider}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model: "m", messages: user("hi") }),
      }).then(({ status }) => status);
    expect([await call("ollama"), await call("together")]).toEqual([200, 401]);
  });
});

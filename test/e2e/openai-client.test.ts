import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { formatUsd } from "#kernel";
import { LIVE_MODEL, openAi } from "./support/client.ts";
import { startEdge, type Edge } from "./support/edge.ts";
import { parseUsdOrThrow, startWorld, until, type Organization, type World } from "./support/world.ts";

const FLUSH_INTERVAL_MS = 1_200;
const GROQ_MODEL = "groq/llama-3.3-70b-versatile";
const EMBEDDING_MODEL = "openai/text-embedding-3-small";

let world: World;
let edge: Edge;
let organization: Organization;
let client: OpenAI;

beforeAll(async () => {
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: String(FLUSH_INTERVAL_MS) } });
  edge = await startEdge(world.stack.urls.gateway);
});
afterAll(async () => {
  await edge.stop();
  await world.stop();
});
beforeEach(async () => {
  world.stack.sim.reset();
  organization = await world.organization();
  client = openAi(world.url, organization.key);
});

const prompt = (content: string) => ({ model: LIVE_MODEL, messages: [{ role: "user" as const, content }] });
const direct = () => openAi(`${world.stack.urls.sim}/openai/v1`, "sk-direct");
const directPrompt = (content: string) => ({ ...prompt(content), model: "gpt-4o-mini" });

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

describe("answers are the provider's own", () => {
  test("a whole completion: text, finish, usage and upstream model as read directly; cost and id in the headers", async () => {
    const { data, response, request_id } = await client.chat.completions
      .create(prompt("Say something. [[sim: tokens=30]]"))
      .withResponse();
    const own = await direct().chat.completions.create(directPrompt("Say something. [[sim: tokens=30]]"));
    expect(data.choices).toEqual(own.choices);
    expect(data.usage).toEqual(own.usage);
    expect(data.model).toBe(own.model);
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ outcome: "completed", kind: "measured", model: LIVE_MODEL, streamed: false });
    expect(receipt.units).toEqual({ input: own.usage?.prompt_tokens, output: own.usage?.completion_tokens });
    expect(response.headers.get("x-prismatic-cost")).toBe(formatUsd(receipt.cost_usd));
    expect(response.headers.get("x-prismatic-provider")).toBe("openai");
    expect(response.headers.get("x-prismatic-model")).toBe(LIVE_MODEL);
    expect(response.headers.get("request-id")).toBe(request_id);
  });

  test("a stream: the same text as the whole answer, and a receipt under its request id", async () => {
    const content = "Stream something. [[sim: tokens=40]]";
    const { data: stream, request_id } = await client.chat.completions
      .create({ ...prompt(content), stream: true })
      .withResponse();
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    const whole = await direct().chat.completions.create(directPrompt(content));
    expect(text).toBe(whole.choices[0]?.message.content);
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ outcome: "completed", kind: "measured", streamed: true, status: 200 });
    expect(receipt.units).toEqual({ input: whole.usage?.prompt_tokens, output: whole.usage?.completion_tokens });
  });

  test("the stream helper assembles the whole completion", async () => {
    const content = "Assemble this. [[sim: tokens=25]]";
    const helper = client.chat.completions.stream({ ...prompt(content), stream_options: { include_usage: true } });
    const final = await helper.finalChatCompletion();
    const whole = await direct().chat.completions.create(directPrompt(content));
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(final.usage).toEqual(whole.usage);
  });

  test("tools: arguments arrive in pieces, and the conversation goes on with the tool's result", async () => {
    const question = prompt("What is the weather? [[sim: tool=get_weather]]");
    const stream = await client.chat.completions.create({ ...question, tools: [weather], stream: true });
    let id = "";
    let pieces = 0;
    let text = "";
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.tool_calls?.[0];
      id = piece?.id ?? id;
      if (piece?.function?.arguments) pieces += 1;
      text += piece?.function?.arguments ?? "";
    }
    expect(pieces).toBeGreaterThan(1);
    expect(JSON.parse(text)).toEqual({ city: expect.any(String) });
    const whole = await client.chat.completions.create({ ...question, tools: [weather] });
    const [toolCall] = whole.choices[0]?.message.tool_calls ?? [];
    expect(toolCall).toMatchObject({ type: "function", function: { name: "get_weather", arguments: text } });
    const answer = await client.chat.completions.create({
      model: LIVE_MODEL,
      tools: [weather],
      messages: [
        { role: "user", content: "What is the weather?" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id, type: "function", function: { name: "get_weather", arguments: text } }],
        },
        { role: "tool", tool_call_id: id, content: '{"sky":"clear"}' },
      ],
    });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    const sent = world.stack.sim.received().at(-1)?.body;
    expect(sent).toMatchObject({ messages: [{}, { tool_calls: [{ id }] }, { role: "tool", tool_call_id: id }] });
  });

  test("structured output parses into its schema, streamed and not", async () => {
    const Event = z.object({ name: z.string(), participants: z.array(z.string()), day: z.enum(["mon", "tue"]) });
    const request = { ...prompt("Extract the event."), response_format: zodResponseFormat(Event, "event") };
    const whole = await client.chat.completions.parse(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(Event.parse(whole.choices[0]?.message.parsed)).toEqual(Event.parse(streamed.choices[0]?.message.parsed));
  });

  test("an image, two choices and log probabilities reach the provider and come back", async () => {
    const image = "data:image/png;base64,iVBORw0KGgo=";
    const request = {
      model: LIVE_MODEL,
      n: 2,
      logprobs: true,
      top_logprobs: 2,
      messages: [
        {
          role: "user" as const,
          content: [
            { type: "text" as const, text: "Describe it. [[sim: tokens=8]]" },
            { type: "image_url" as const, image_url: { url: image, detail: "low" as const } },
          ],
        },
      ],
    };
    const { data, request_id } = await client.chat.completions.create(request).withResponse();
    expect(data.choices.map((choice) => choice.index)).toEqual([0, 1]);
    for (const choice of data.choices) {
      expect(choice.logprobs?.content?.[0]?.top_logprobs).toHaveLength(2);
    }
    expect(world.stack.sim.received().at(-1)?.body).toMatchObject({
      n: 2,
      messages: [{ content: [{}, { image_url: { url: image, detail: "low" } }] }],
    });
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt.units["output"]).toBe(data.usage?.completion_tokens);
    const stream = await client.chat.completions.create({ ...request, stream: true });
    const texts = ["", ""];
    for await (const chunk of stream) {
      for (const choice of chunk.choices) texts[choice.index] += choice.delta.content ?? "";
    }
    expect(texts).toEqual(data.choices.map((choice) => choice.message.content));
  });

  test("embeddings: base64 as the client asks by default, and floats, are the same numbers", async () => {
    const request = { model: EMBEDDING_MODEL, input: ["first text", "second text"], dimensions: 8 };
    const { data: packed, request_id } = await client.embeddings.create(request).withResponse();
    const sent = world.stack.sim.received().at(-1)?.body;
    const floats = await client.embeddings.create({ ...request, encoding_format: "float" });
    expect(sent).toMatchObject({ model: "text-embedding-3-small", encoding_format: "base64" });
    expect(packed.data.map((row) => row.embedding.length)).toEqual([8, 8]);
    for (const [row, { embedding }] of packed.data.entries()) {
      const other = floats.data[row]?.embedding ?? [];
      for (const [at, value] of embedding.entries()) expect(value).toBeCloseTo(other[at] ?? NaN, 5);
    }
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ operation: "embeddings", units: { input: packed.usage.prompt_tokens } });
    expect(receipt.cost_usd).toBeGreaterThan(0n);
  });

  test("a test key talks to the sandbox for nothing", async () => {
    const { key } = await organization.newKey({ mode: "test" });
    const sandbox = openAi(world.url, key);
    const { data, request_id } = await sandbox.chat.completions
      .create({ model: "sandbox/echo", messages: [{ role: "user", content: "Repeat after me" }] })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe("Repeat after me");
    expect(await organization.generation(request_id ?? "")).toMatchObject({ mode: "test", cost_usd: 0n });
    expect(world.stack.sim.totals().requests).toBe(0);
    expect((await sandbox.models.list()).data.map((model) => model.id)).toContain("sandbox/echo");
  });
});

describe("usage in the stream", () => {
  test("G29: without include_usage the client sees no usage chunk, though the provider was asked for it", async () => {
    const stream = await client.chat.completions.create({ ...prompt("Count silently."), stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.filter((chunk) => chunk.choices.length === 0)).toEqual([]);
    expect(chunks.filter((chunk) => chunk.usage)).toEqual([]);
    expect(world.stack.sim.received().at(-1)?.body).toMatchObject({ stream_options: { include_usage: true } });
  });

  test("with include_usage the last chunk has it", async () => {
    const stream = await client.chat.completions.create({
      ...prompt("Count aloud."),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.filter((chunk) => chunk.usage)).toHaveLength(1);
  });

  test("usage.include adds the cost that the receipt has, whole and streamed", async () => {
    const request = { ...prompt("What does this cost?"), usage: { include: true } };
    const { data, request_id } = await client.chat.completions.create(request).withResponse();
    const receipt = await organization.generation(request_id ?? "");
    expect(data.usage).toMatchObject({ cost: formatUsd(receipt.cost_usd) });
    const { data: stream, request_id: streamedId } = await client.chat.completions
      .create({ ...request, stream: true })
      .withResponse();
    let usage: unknown;
    for await (const chunk of stream) usage = chunk.usage ?? usage;
    const streamed = await organization.generation(streamedId ?? "");
    expect(usage).toMatchObject({ cost: formatUsd(streamed.cost_usd) });
    expect(streamed.cost_usd).toBe(receipt.cost_usd);
    expect(world.stack.sim.received().at(-1)?.body).not.toHaveProperty("usage");
  });
});

describe("errors are the client's own classes", () => {
  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );

  test("wrong key, unknown model, bad parameter, forbidden: the class, the code, and no retry", async () => {
    const retrying = (key: string) => openAi(world.url, key, { maxRetries: 2 });
    const wrong = await failure(retrying("sk-not-ours").chat.completions.create(prompt("Hi")));
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(wrong).toMatchObject({ status: 401, code: "malformed_api_key" });
    const mine = retrying(organization.key);
    const unknown = await failure(mine.chat.completions.create({ ...prompt("Hi"), model: "openai/gpt-4o-mni" }));
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(unknown).toMatchObject({ code: "model_not_found", param: "model" });
    const bad = await failure(mine.chat.completions.create({ ...prompt("Hi"), n: 0 }));
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect(bad).toMatchObject({ code: "invalid_parameter", param: "n" });
    const sandbox = await failure(mine.chat.completions.create({ ...prompt("Hi"), model: "sandbox/echo" }));
    expect(sandbox).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(world.stack.sim.totals().requests).toBe(0);
  });

  test("no credit is a 402 that the client does not retry", async () => {
    const poor = await world.organization("0.000001");
    let requests = 0;
    const counting = new OpenAI({
      baseURL: world.url,
      apiKey: poor.key,
      maxRetries: 3,
      fetch: (url, init) => {
        requests += 1;
        return fetch(url, init);
      },
    });
    expect(await failure(counting.chat.completions.create(prompt("Hi")))).toMatchObject({
      status: 402,
      code: "insufficient_credit",
    });
    expect(requests).toBe(1);
  });

  test("a rate limit is a RateLimitError with its wait, and the client that waits succeeds", async () => {
    const limited = await organization.newKey({ concurrency: 1 });
    const busy = await openAi(`${edge.url}/v1`, limited.key).chat.completions.create({
      ...prompt("Take long. [[sim: tokens=2 stall_after=1]]"),
      stream: true,
    });
    const refused = await failure(openAi(world.url, limited.key).chat.completions.create(prompt("Me too")));
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    expect(refused).toMatchObject({ code: "rate_limit_concurrency" });
    const patient = openAi(world.url, limited.key, { maxRetries: 5 }).chat.completions.create(prompt("Me too"));
    busy.controller.abort();
    expect((await patient).choices).toHaveLength(1);
  });

  test("an error inside a stream is thrown by the client, and what came before it is charged", async () => {
    const { data: stream, request_id } = await client.chat.completions
      .create({ ...prompt("Break. [[sim: tokens=20 die_after=6]]"), stream: true })
      .withResponse();
    let pieces = 0;
    const error = await failure(
      (async () => {
        for await (const chunk of stream) pieces += chunk.choices.length;
      })(),
    );
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: "upstream_stream_interrupted" });
    expect(pieces).toBe(6);
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ outcome: "interrupted", kind: "estimated" });
    expect(receipt.cost_usd).toBeGreaterThan(0n);
    expect(receipt.cost_usd).toBeLessThan(receipt.held_usd);
  });
});

describe("a client that leaves", () => {
  test("G9: aborted in mid-stream, the provider is cancelled and the delivered part is charged", async () => {
    const { data: stream, request_id } = await client.chat.completions
      .create({ ...prompt("Go on and on. [[sim: tokens=5000 delay=5]]"), stream: true })
      .withResponse();
    let delivered = 0;
    for await (const chunk of stream) {
      delivered += chunk.choices.length;
      if (delivered === 8) break;
    }
    const seen = await world.stack.sim.waitFor((received) => received.aborted);
    expect(seen.framesSent).toBeLessThan(seen.framesTotal / 2);
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ outcome: "aborted", kind: "estimated" });
    expect(receipt.units["output"]).toBeGreaterThanOrEqual(6);
    expect(receipt.units["output"]).toBeLessThan(5_000);
    expect(receipt.cost_usd).toBeGreaterThan(0n);
    expect(receipt.cost_usd).toBeLessThan(receipt.held_usd / 2n);
    expect((await organization.credits()).held_usd).toBe(0n);
  });

  test("G9: where the provider bills to the end, the rest is read and the measured figure charged", async () => {
    const { data: stream, request_id } = await client.chat.completions
      .create({ ...prompt("Go on. [[sim: tokens=60 delay=4]]"), model: GROQ_MODEL, stream: true })
      .withResponse();
    for await (const chunk of stream) if (chunk.choices.length > 0) break;
    const seen = await world.stack.sim.waitFor((received) => received.provider === "groq");
    expect(seen).toMatchObject({ outcome: "finished", aborted: false });
    const receipt = await organization.generation(request_id ?? "");
    expect(receipt).toMatchObject({ kind: "measured", units: { output: 60 } });
  });

  test("G10: a whole answer nobody waits for is cancelled and settled", async () => {
    const leaving = new AbortController();
    const promise = openAi(`${edge.url}/v1`, organization.key).chat.completions.create(
      prompt("Think long. [[sim: first=60000]]"),
      {
        signal: leaving.signal,
      },
    );
    const rejected = expect(promise).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await until("the provider to be asked", () => (world.stack.sim.totals().requests > 0 ? true : null));
    leaving.abort();
    await rejected;
    await world.stack.sim.waitFor((received) => received.aborted);
    const [receipt] = await organization.postedReceipts(1);
    expect(receipt?.costNano).toBeGreaterThan(0n);
    expect(await organization.generation(receipt?.id ?? "")).toMatchObject({ outcome: "aborted", streamed: false });
    expect((await organization.credits()).held_usd).toBe(0n);
  });
});

describe("the account's own routes", () => {
  test("models: listed with prices, found by id with a slash in it, refused when unknown", async () => {
    const { data } = await client.models.list();
    const ids = data.map((model) => model.id);
    expect(ids).toContain(LIVE_MODEL);
    expect(ids.filter((id) => id.startsWith("sandbox/"))).toEqual([]);
    expect(await client.models.retrieve(LIVE_MODEL)).toMatchObject({
      id: LIVE_MODEL,
      object: "model",
      pricing: { input: { usd: "0.150000000000", per: 1_000_000 } },
    });
    const raw = await fetch(`${world.url}/models/${LIVE_MODEL}`);
    expect(await raw.json()).toMatchObject({ id: LIVE_MODEL });
    await expect(client.models.retrieve("openai/nothing")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("the base URL works without /v1", async () => {
    const bare = openAi(world.stack.urls.gateway, organization.key);
    const answer = await bare.chat.completions.create(prompt("Hello"));
    expect(answer.choices[0]?.message.content).toBeTruthy();
    expect((await bare.models.retrieve(LIVE_MODEL)).id).toBe(LIVE_MODEL);
  });

  test("a receipt is first in the outbox, then in the ledger, and says the same", async () => {
    const { request_id } = await client.chat.completions.create(prompt("Receipt, please.")).withResponse();
    const waiting = await organization.generation(request_id ?? "");
    expect(waiting.posted).toBe(false);
    const posted = await organization.postedGeneration(request_id ?? "");
    expect({ ...posted, posted: false }).toEqual(waiting);
    expect((await organization.credits()).settlement_lag_ms).toBe(0);
  });

  test("credits fall by exactly the sum of the receipts, and the key shows what is used", async () => {
    const limited = await organization.newKey({
      requestsPerMinute: 100,
      budget: { limitNano: parseUsdOrThrow("1"), period: "day" },
    });
    const mine = openAi(world.url, limited.key);
    const ids: string[] = [];
    for (const tokens of [10, 20, 30]) {
      const { request_id } = await mine.chat.completions
        .create(prompt(`Spend. [[sim: tokens=${tokens}]]`))
        .withResponse();
      ids.push(request_id ?? "");
    }
    const receipts = await Promise.all(ids.map((id) => organization.generation(id)));
    const spent = receipts.reduce((sum, receipt) => sum + receipt.cost_usd, 0n);
    const credits = await organization.restingCredits();
    expect(spent).toBeGreaterThan(0n);
    expect(organization.creditNano - credits.balance_usd).toBe(spent);
    expect(credits).toMatchObject({ available_usd: credits.balance_usd });
    const state = await fetch(`${world.url}/key`, { headers: { authorization: `Bearer ${limited.key}` } });
    expect(await state.json()).toMatchObject({
      requests_per_minute: { limit: 100, remaining: 97 },
      concurrency: { limit: null, used: 0 },
      budget: { period: "day", limit_usd: "1.000000000", spent_usd: spentText(spent), held_usd: "0.000000000" },
    });
  });

  test("limits are told in the headers", async () => {
    const limited = await organization.newKey({ requestsPerMinute: 7, tokensPerMinute: 100_000 });
    const { response } = await openAi(world.url, limited.key)
      .chat.completions.create({ ...prompt("Hi"), max_completion_tokens: 50 })
      .withResponse();
    expect(response.headers.get("x-ratelimit-limit-requests")).toBe("7");
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("6");
    expect(response.headers.get("x-ratelimit-limit-tokens")).toBe("100000");
    expect(Number(response.headers.get("x-ratelimit-remaining-tokens"))).toBeLessThan(100_000);
  });
});

const spentText = (nano: bigint): string => {
  const digits = nano.toString().padStart(10, "0");
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
};

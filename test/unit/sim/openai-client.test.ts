import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSim, type Sim } from "../../../dev/sim/index.ts";
import { countTokens } from "../../../dev/sim/tokens.ts";
import { clientOf, readAll, user } from "./client.ts";

let sim: Sim;
beforeAll(async () => {
  sim = await startSim();
});
beforeEach(() => sim.reset());
afterAll(async () => sim.stop());

const model = "gpt-4.1-nano";
const weather = {
  type: "function" as const,
  function: {
    name: "weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 7 } },
      required: ["city", "days"],
    },
  },
};

describe("the official client against the simulated OpenAI", () => {
  it("streams the same text, finish and usage as the whole answer", async () => {
    const client = clientOf(sim);
    const messages = user("Tell me about rivers [[sim: tokens=40]]");
    const whole = await client.chat.completions.create({ model, messages });
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(final.usage).toEqual(whole.usage);
    expect(whole.usage?.completion_tokens).toBe(40);
    expect(final.id).not.toBe(whole.id);
  });

  it("counts usage from the input by its documented rule", async () => {
    const text = "Eight letters, some signs!";
    const answer = await clientOf(sim).chat.completions.create({ model, messages: user(text) });
    expect(answer.usage?.prompt_tokens).toBe(3 + 3 + countTokens(text));
    expect(countTokens(text)).toBe(9);
    expect(answer.usage?.completion_tokens).toBe(countTokens(answer.choices[0]?.message.content ?? ""));
  });

  it("counts an image as tokens", async () => {
    const image = (detail: "low" | "high") => [
      {
        role: "user" as const,
        content: [{ type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==", detail } }],
      },
    ];
    const client = clientOf(sim);
    const low = await client.chat.completions.create({ model, messages: image("low") });
    const high = await client.chat.completions.create({ model, messages: image("high") });
    expect([low.usage?.prompt_tokens, high.usage?.prompt_tokens]).toEqual([91, 771]);
  });

  it("honours both maxima with finish_reason length, and stop sequences", async () => {
    const client = clientOf(sim);
    const messages = user("[[sim: tokens=50]]");
    const old = await client.chat.completions.create({ model, messages, max_tokens: 7 });
    const current = await client.chat.completions.create({ model, messages, max_completion_tokens: 9 });
    expect([old.usage?.completion_tokens, old.choices[0]?.finish_reason]).toEqual([7, "length"]);
    expect([current.usage?.completion_tokens, current.choices[0]?.finish_reason]).toEqual([9, "length"]);
    const whole = await client.chat.completions.create({ model, messages });
    const text = whole.choices[0]?.message.content ?? "";
    const stopped = await client.chat.completions.create({ model, messages, stop: text.slice(10, 14) });
    expect(stopped.choices[0]?.message.content).toBe(text.slice(0, text.indexOf(text.slice(10, 14))));
    expect(stopped.choices[0]?.finish_reason).toBe("stop");
  });

  it("gives n different choices and interleaves them in a stream", async () => {
    const client = clientOf(sim);
    const request = { model, messages: user("[[sim: tokens=6]]"), n: 3 };
    const whole = await client.chat.completions.create(request);
    expect(new Set(whole.choices.map((choice) => choice.message.content)).size).toBe(3);
    expect(whole.usage?.completion_tokens).toBe(18);
    const chunks = await readAll(await client.chat.completions.create({ ...request, stream: true }));
    expect(chunks.slice(0, 6).map((chunk) => chunk.choices[0]?.index)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("streams a tool call whose arguments fit the schema", async () => {
    const client = clientOf(sim);
    const request = { model, messages: user("Berne?"), tools: [weather] };
    const stream = client.chat.completions.stream({ ...request, tool_choice: "required" });
    const final = await stream.finalChatCompletion();
    const call = final.choices[0]?.message.tool_calls?.[0];
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
    const input: unknown = JSON.parse(call?.type === "function" ? call.function.arguments : "");
    expect(input).toEqual({ city: expect.any(String), days: expect.any(Number) });
    const whole = await client.chat.completions.create({ ...request, tool_choice: "required" });
    expect(whole.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { arguments: JSON.stringify(input) } });
  });

  it("calls a tool by directive, finishes a named one with stop, and leaves auto to text", async () => {
    const client = clientOf(sim);
    const request = { model, tools: [weather] };
    const steered = await client.chat.completions.create({ ...request, messages: user("[[sim: tool=weather]]") });
    expect(steered.choices[0]?.finish_reason).toBe("tool_calls");
    const named = await client.chat.completions.create({
      ...request,
      messages: user("x"),
      tool_choice: { type: "function", function: { name: "weather" } },
    });
    expect(named.choices[0]).toMatchObject({ finish_reason: "stop", message: { tool_calls: [{}] } });
    const auto = await client.chat.completions.create({ ...request, messages: user("x") });
    expect(auto.choices[0]?.message.tool_calls).toBeUndefined();
    const unknown = client.chat.completions.create({ ...request, messages: user("[[sim: tool=nope]]") });
    await expect(unknown).rejects.toMatchObject({ status: 400 });
  });

  it("makes parallel calls by directive, once, and answers their results with text", async () => {
    const client = clientOf(sim);
    const second = { type: "function" as const, function: { ...weather.function, name: "forecast" } };
    const request = { model, tools: [weather, second], messages: user("[[sim: calls=2]]") };
    const whole = await client.chat.completions.create(request);
    const final = await client.chat.completions.stream(request).finalChatCompletion();
    const message = whole.choices[0]?.message;
    const calls = message?.tool_calls ?? [];
    expect(calls).toMatchObject([{ function: { name: "weather" } }, { function: { name: "forecast" } }]);
    expect(final.choices[0]?.message.tool_calls).toMatchObject(calls);
    const results = calls.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: "sunny" }));
    const messages = [...request.messages, { role: "assistant" as const, tool_calls: calls }, ...results];
    const next = await client.chat.completions.create({ ...request, messages });
    expect(next.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: expect.any(String) } });
    const alone = await client.chat.completions.create({ ...request, parallel_tool_calls: false });
    expect(alone.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it("refuses by directive in the field for it", async () => {
    const client = clientOf(sim);
    const request = { model, messages: user("[[sim: refuse]]") };
    const whole = await client.chat.completions.create(request);
    const final = await client.chat.completions.stream(request).finalChatCompletion();
    expect(whole.choices[0]?.message).toMatchObject({ content: null, refusal: expect.stringMatching(/^I'm sorry/) });
    expect(final.choices[0]?.message.refusal).toBe(whole.choices[0]?.message.refusal);
  });

  it("answers a JSON schema with valid JSON, through references, unions and recursion", async () => {
    const schema = {
      type: "object",
      properties: {
        name: { type: "string", minLength: 5 },
        kind: { enum: ["small", "large"] },
        when: { type: "string", format: "date" },
        tags: { type: "array", items: { type: "string" }, minItems: 2 },
        parent: { anyOf: [{ $ref: "#" }, { type: "null" }] },
      },
      required: ["name", "kind", "when", "tags", "parent"],
      additionalProperties: false,
    };
    const stream = clientOf(sim).chat.completions.stream({
      model,
      messages: user("a person"),
      response_format: { type: "json_schema", json_schema: { name: "person", schema, strict: true } },
    });
    const content = await stream.finalContent();
    const value: unknown = JSON.parse(content ?? "");
    expect(value).toMatchObject({
      kind: expect.stringMatching(/small|large/),
      when: "2026-03-14",
      tags: [expect.any(String), expect.any(String)],
    });
    expect(content).toContain('"parent":null');
  });

  it("sends logprobs for each token when asked", async () => {
    const chunks = await readAll(
      await clientOf(sim).chat.completions.create({
        model,
        messages: user("[[sim: tokens=4]]"),
        stream: true,
        logprobs: true,
        top_logprobs: 2,
      }),
    );
    const described = chunks.flatMap((chunk) => chunk.choices[0]?.logprobs?.content ?? []);
    expect(described.map(({ token }) => token)).toEqual(
      chunks.flatMap((chunk) => chunk.choices[0]?.delta.content || []),
    );
    expect(described[0]?.top_logprobs).toHaveLength(2);
  });

  it("hides and counts reasoning tokens, and reports cached ones inside the prompt's", async () => {
    const client = clientOf(sim);
    const messages = user("[[sim: tokens=5 reasoning=50 cached=4]]");
    const answer = await client.chat.completions.create({ model, messages });
    expect(answer.usage).toMatchObject({
      completion_tokens: 55,
      completion_tokens_details: { reasoning_tokens: 50 },
      prompt_tokens_details: { cached_tokens: 4 },
    });
    const cut = await client.chat.completions.create({ model, messages, max_completion_tokens: 30 });
    expect(cut.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "" } });
    expect(cut.usage?.completion_tokens).toBe(30);
  });

  it("gives the same embeddings as base64 (the client's default) and as floats", async () => {
    const client = clientOf(sim);
    const request = { model: "text-embedding-3-small", input: ["hello", "world"] };
    const packed = await client.embeddings.create(request);
    const plain = await client.embeddings.create({ ...request, encoding_format: "float" });
    expect(sim.received().map(({ body }) => body)).toMatchObject([
      { encoding_format: "base64" },
      { encoding_format: "float" },
    ]);
    expect(packed.data[0]?.embedding).toHaveLength(1_536);
    expect(packed.data.map(({ embedding }) => Array.from(embedding, Math.fround))).toEqual(
      plain.data.map(({ embedding }) => embedding.map(Math.fround)),
    );
    expect(packed.usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
  });

  it("lists models and finds one", async () => {
    const client = clientOf(sim);
    const names = (await readAll(await client.models.list())).map(({ id }) => id);
    expect(names).toContain("gpt-4.1-nano");
    expect((await client.models.retrieve("gpt-4.1-nano")).object).toBe("model");
    await expect(client.models.retrieve("gpt-0")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
});

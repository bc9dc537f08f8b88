import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { createSandboxFetch, type SandboxOptions } from "../../../../src/providers/sandbox/index.ts";

const clock = { nowMs: () => 1_770_000_000_000 };

function makeClient(options: Partial<SandboxOptions> = {}) {
  const sandbox = createSandboxFetch({ clock, ...options });
  const fetch = async (input: unknown, init?: RequestInit) => sandbox(String(input), init ?? {});
  return new OpenAI({ apiKey: "unused", baseURL: "https://sandbox.invalid/v1", maxRetries: 0, fetch });
}

const user = (content: string) => [{ role: "user" as const, content }];
const tools = [
  {
    type: "function" as const,
    function: { name: "first", parameters: { type: "object", properties: { city: { type: "string" } } } },
  },
  {
    type: "function" as const,
    function: { name: "second", parameters: { type: "object", properties: { days: { type: "integer", minimum: 2 } } } },
  },
];

async function readStream(stream: AsyncIterable<OpenAI.ChatCompletionChunk>) {
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  return { chunks, text, finish: chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []) };
}

describe("sandbox chat", () => {
  it("echoes the last user message, streamed as not streamed", async () => {
    const client = makeClient();
    const text = "Grüße, 世界 👩‍🚀!\n  twice  ";
    const messages = [...user("earlier"), { role: "assistant" as const, content: "no" }, ...user(text)];
    const whole = await client.chat.completions.create({ model: "sandbox/echo", messages });
    const stream = await client.chat.completions.create({ model: "echo", messages, stream: true });
    expect(whole.choices[0]?.message.content).toBe(text);
    expect(whole.choices[0]?.finish_reason).toBe("stop");
    expect(whole.created).toBe(1_770_000_000);
    const read = await readStream(stream);
    expect(read.text).toBe(text);
    expect(read.finish).toEqual(["stop"]);
  });

  it("lorem writes exactly the maximum of the request, so that a call's cost is constant", async () => {
    const client = makeClient();
    for (const maximum of [1, 63, 500]) {
      const answer = await client.chat.completions.create({
        model: "lorem",
        messages: user("go"),
        max_completion_tokens: maximum,
      });
      expect(answer.usage?.completion_tokens).toBe(maximum);
      expect(answer.choices[0]?.finish_reason).toBe("length");
    }
    const free = await client.chat.completions.create({ model: "lorem", messages: user("go") });
    expect(free.usage?.completion_tokens).toBe(64);
    expect(free.choices[0]?.finish_reason).toBe("stop");
  });

  it("cuts an echo at the maximum and says so", async () => {
    const answer = await makeClient().chat.completions.create({
      model: "echo",
      messages: user("one two three"),
      max_tokens: 2,
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "one two" } });
    expect(answer.usage).toMatchObject({ prompt_tokens: 6, completion_tokens: 2, total_tokens: 8 });
  });

  it("sends usage in a stream only when asked, in a chunk without choices", async () => {
    const client = makeClient();
    const request = { model: "echo", messages: user("hello"), stream: true as const };
    const without = await readStream(await client.chat.completions.create(request));
    const asked = await readStream(
      await client.chat.completions.create({ ...request, stream_options: { include_usage: true } }),
    );
    expect(without.chunks.some((chunk) => "usage" in chunk)).toBe(false);
    expect(asked.chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 1 } });
    expect(asked.chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  it("gives n choices and counts them all", async () => {
    const answer = await makeClient().chat.completions.create({ model: "echo", messages: user("a b"), n: 3 });
    expect(answer.choices.map((choice) => [choice.index, choice.message.content])).toEqual([
      [0, "a b"],
      [1, "a b"],
      [2, "a b"],
    ]);
    expect(answer.usage?.completion_tokens).toBe(6);
  });

  it("calls the first tool when one is required and the named one when it is named", async () => {
    const client = makeClient();
    const request = { model: "echo", messages: user("Berne"), tools };
    const required = await client.chat.completions.create({ ...request, tool_choice: "required" });
    expect(required.choices[0]?.finish_reason).toBe("tool_calls");
    expect(required.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "first", arguments: '{"city":"Berne"}' },
    });
    const stream = client.chat.completions.stream({
      ...request,
      tool_choice: { type: "function", function: { name: "second" } },
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: "second", arguments: '{"days":2}' },
    });
    const free = await client.chat.completions.create({ ...request, tool_choice: "auto" });
    expect(free.choices[0]?.message.content).toBe("Berne");
  });

  it("answers a JSON schema with JSON of that shape", async () => {
    const schema = {
      type: "object",
      properties: { kind: { enum: ["a", "b"] }, nested: { type: "object", properties: { ok: { type: "boolean" } } } },
    };
    const answer = await makeClient().chat.completions.create({
      model: "lorem",
      messages: user("go"),
      response_format: { type: "json_schema", json_schema: { name: "x", schema } },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ kind: "a", nested: { ok: true } });
  });
});

describe("sandbox errors on demand", () => {
  it.each([400, 404, 408, 429, 500, 503, 529])("answers with %i when the message asks for it", async (status) => {
    const call = makeClient().chat.completions.create({
      model: "echo",
      messages: user(`please sandbox:error-${status}`),
    });
    await expect(call).rejects.toMatchObject({ status });
  });

  it("names a wait with 429", async () => {
    const sandbox = createSandboxFetch({ clock });
    const body = JSON.stringify({ model: "echo", messages: user("sandbox:error-429") });
    const response = await sandbox("https://sandbox.invalid/v1/chat/completions", { method: "POST", body });
    expect(response.headers.get("retry-after")).toBe("1");
  });

  it("breaks a stream off after four chunks, with neither finish nor usage", async () => {
    const stream = await makeClient().chat.completions.create({
      model: "echo",
      messages: user("sandbox:interrupt a b c d e f"),
      stream: true,
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const chunk of stream) seen.push(chunk.choices[0]?.finish_reason);
    })();
    await expect(reading).rejects.toThrow("broke the stream off");
    expect(seen).toEqual([null, null, null, null]);
  });

  it("never answers a timeout until the signal aborts, and refuses to wait without one", async () => {
    const sandbox = createSandboxFetch({ clock });
    const body = JSON.stringify({ model: "echo", messages: user("sandbox:timeout") });
    const url = "https://sandbox.invalid/v1/chat/completions";
    const controller = new AbortController();
    const call = sandbox(url, { method: "POST", body, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await expect(sandbox(url, { method: "POST", body })).rejects.toThrow("send a signal");
  });

  it("refuses an unknown model, an endpoint the model has not, and a body that is no object", async () => {
    const client = makeClient();
    await expect(client.chat.completions.create({ model: "nope", messages: user("x") })).rejects.toMatchObject({
      status: 404,
    });
    await expect(client.embeddings.create({ model: "echo", input: "x" })).rejects.toMatchObject({ status: 404 });
    const sandbox = createSandboxFetch({ clock });
    const response = await sandbox("https://sandbox.invalid/v1/chat/completions", { method: "POST", body: "{" });
    expect(response.status).toBe(400);
  });
});

describe("sandbox streams", () => {
  const url = "https://sandbox.invalid/v1/chat/completions";
  const body = JSON.stringify({ model: "lorem", messages: user("go"), stream: true, max_tokens: 10_000 });

  it("makes a chunk only when one is read (back-pressure)", async () => {
    let made = 0;
    const sandbox = createSandboxFetch({ clock, delay: async (chunk) => void (made = chunk) });
    const reader = (await sandbox(url, { method: "POST", body })).body?.getReader();
    for (let read = 0; read < 5; read++) await reader?.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(made).toBe(4);
    await reader?.cancel();
  });

  it("an abort ends a waiting stream with the signal's reason", async () => {
    const waits = Promise.withResolvers<void>();
    const delay = async (chunk: number) => {
      if (chunk < 3) return;
      waits.resolve();
      await new Promise(() => {});
    };
    const controller = new AbortController();
    const response = await createSandboxFetch({ clock, delay })(url, {
      method: "POST",
      body,
      signal: controller.signal,
    });
    const reader = response.body?.getReader();
    for (let read = 0; read < 3; read++) expect((await reader?.read())?.done).toBe(false);
    const waiting = expect(reader?.read()).rejects.toThrow("hung up");
    // Only once the wait has begun does an abort prove that it interrupts one.
    await waits.promise;
    controller.abort(new Error("hung up"));
    await waiting;
  });

  it("refuses to start when the signal was aborted before", async () => {
    const call = createSandboxFetch({ clock })(url, {
      method: "POST",
      body,
      signal: AbortSignal.abort(new Error("early")),
    });
    await expect(call).rejects.toThrow("early");
  });
});

describe("sandbox embeddings", () => {
  it("gives the same vectors as base64 (the client's default) and as floats", async () => {
    const client = makeClient();
    const request = { model: "sandbox/embed", input: ["hello", "world"], dimensions: 32 };
    const packed = await client.embeddings.create(request);
    const plain = await client.embeddings.create({ ...request, encoding_format: "float" });
    expect(packed.data.map(({ embedding }) => Array.from(embedding, Math.fround))).toEqual(
      plain.data.map(({ embedding }) => embedding.map(Math.fround)),
    );
    expect(packed.data[0]?.embedding).not.toEqual(packed.data[1]?.embedding);
    expect(packed.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
    expect(Math.hypot(...(plain.data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
  });

  it("takes token ids, one list or several", async () => {
    const client = makeClient();
    const one = await client.embeddings.create({ model: "embed", input: [1, 2, 3] });
    const two = await client.embeddings.create({ model: "embed", input: [[1, 2, 3], [4]] });
    expect([one.data.length, one.usage.prompt_tokens]).toEqual([1, 3]);
    expect([two.data.length, two.usage.prompt_tokens]).toEqual([2, 4]);
    expect(one.data[0]?.embedding).toHaveLength(256);
  });
});

import { describe, expect, it } from "vitest";
import { createSandboxFetch } from "../../../../src/providers/sandbox/index.ts";

const MIB = 1024 * 1024;
/** What an answer may weigh: its text, an event around each token, and escapes. */
const ANSWER_MAX_BYTES = 6 * MIB;

const sandbox = createSandboxFetch({ clock: { nowMs: () => 1_770_000_000_000 } });
const user = (content: unknown) => [{ role: "user", content }];

/** Reads an answer to its end, or to the bound that it must not reach. */
async function send(path: string, request: unknown) {
  const body = typeof request === "string" ? request : JSON.stringify(request);
  const response = await sandbox(`https://sandbox.invalid/v1${path}`, { method: "POST", body });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_MAX_BYTES) throw new Error("The answer is longer than its bound.");
  }
  return { status: response.status, chunks: chunks.length, text: Buffer.concat(chunks).toString() };
}

async function refusal(path: string, request: unknown) {
  const answer = await send(path, request);
  return [answer.status, JSON.parse(answer.text).error];
}

const chat = async (request: object) => send("/chat/completions", { model: "echo", messages: user("hi"), ...request });
const choicesOf = (answer: Awaited<ReturnType<typeof send>>) => JSON.parse(answer.text).choices;

describe("sandbox answers are bounded whatever the request asks (M5)", () => {
  it("a stream of 128 choices shares one answer's tokens: 119 bytes made 385 MiB of events", async () => {
    const answer = await chat({ model: "lorem", stream: true, n: 128, max_completion_tokens: 16_384 });
    // 16,384 tokens; 128 roles and 128 finishes; `[DONE]`.
    expect(answer.chunks).toBe(16_384 + 2 * 128 + 1);
    expect(answer.text.split('"finish_reason":"length"')).toHaveLength(129);
  });

  it("a whole answer of 128 choices shares them too, and usage counts what was written", async () => {
    const answer = await chat({ model: "lorem", n: 128, max_completion_tokens: 16_384 });
    const { choices, usage } = JSON.parse(answer.text);
    expect(choices).toHaveLength(128);
    expect(choices[127].finish_reason).toBe("length");
    expect(usage.completion_tokens).toBe(16_384);
  });

  it("an echo ends at the answer's characters: a token takes all white space before it", async () => {
    const kept = await chat({ messages: user(`${" ".repeat(100_000)}a b`) });
    expect(choicesOf(kept)[0]).toMatchObject({ finish_reason: "stop" });
    const shared = await chat({ messages: user(`a${" ".repeat(100_000)}b`), n: 2 });
    expect(choicesOf(shared)[1]).toMatchObject({ finish_reason: "length", message: { content: "a" } });
  });

  it("an echo ends at the answer's tokens, whole characters only", async () => {
    const answer = await chat({ messages: user("👩".repeat(20_000)) });
    expect(choicesOf(answer)[0]).toMatchObject({
      finish_reason: "length",
      message: { content: "👩".repeat(16_384) },
    });
  });

  it("a prompt longer than the context is refused as a provider refuses it", async () => {
    const refused = [400, expect.objectContaining({ code: "context_length_exceeded", param: "messages" })];
    const request = (words: number) => ({ model: "lorem", messages: user(" a".repeat(words)), max_tokens: 1 });
    expect((await send("/chat/completions", request(127_000))).status).toBe(200);
    expect(await refusal("/chat/completions", request(128_001))).toEqual(refused);
    const empty = { model: "lorem", messages: Array.from({ length: 50_000 }, () => ({})) };
    expect(await refusal("/chat/completions", empty)).toEqual(refused);
  });

  it("a schema of many properties is refused, in a format as in a tool, wherever they stand", async () => {
    const properties = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, {}]));
    const asked = (schema: object) => ({
      model: "echo",
      messages: user("x".repeat(200)),
      response_format: { type: "json_schema", json_schema: { schema } },
    });
    const halves = {
      type: "object",
      properties: { a: { properties: properties(500) }, b: { properties: properties(499) } },
    };
    const fits = { type: "object", properties: properties(1_000) };
    expect((await send("/chat/completions", asked(fits))).status).toBe(200);
    const refused = [400, expect.objectContaining({ code: "schema_too_large", param: "response_format" })];
    expect(await refusal("/chat/completions", asked(halves))).toEqual(refused);
    const tools = [{ type: "function", function: { name: "big", parameters: { properties: properties(1_001) } } }];
    expect(await refusal("/chat/completions", { ...asked({}), tools, tool_choice: "required" })).toEqual([
      400,
      expect.objectContaining({ code: "schema_too_large", param: "tools" }),
    ]);
  });

  it("a tool's name is not repeated without bound", async () => {
    const request = (length: number) => ({
      model: "echo",
      messages: user("x"),
      n: 128,
      tool_choice: { type: "function", function: { name: "n".repeat(length) } },
    });
    expect((await send("/chat/completions", request(64))).status).toBe(200);
    expect(await refusal("/chat/completions", request(65))).toEqual([
      400,
      expect.objectContaining({ code: "invalid_tool_name", param: "tool_choice" }),
    ]);
  });

  it("embeddings are refused beyond so many numbers: 8 kB made 83 MiB", async () => {
    const request = (inputs: number, dimensions?: number) => ({
      model: "embed",
      input: Array(inputs).fill("a"),
      dimensions,
    });
    const refused = [400, expect.objectContaining({ code: "too_many_numbers", param: "input" })];
    expect(await refusal("/embeddings", request(2_048, 3_072))).toEqual(refused);
    expect(await refusal("/embeddings", request(1_025))).toEqual(refused);
    const most = await send("/embeddings", request(1_024));
    expect(most.status).toBe(200);
    expect(JSON.parse(most.text).data).toHaveLength(1_024);
    expect(await refusal("/embeddings", request(1, 3_073))).toEqual([
      400,
      expect.objectContaining({ code: "too_many_dimensions", param: "dimensions" }),
    ]);
  });

  it("embeddings of more tokens than the context are refused, as text and as token ids", async () => {
    const refused = [400, expect.objectContaining({ code: "context_length_exceeded", param: "input" })];
    expect(await refusal("/embeddings", { model: "embed", input: " a".repeat(128_001) })).toEqual(refused);
    expect(await refusal("/embeddings", { model: "embed", input: Array(128_001).fill(1) })).toEqual(refused);
  });
});

describe("sandbox requests are bounded before they are parsed (M5)", () => {
  it("a long body is refused unread", async () => {
    const refused = [400, expect.objectContaining({ code: "request_too_large" })];
    expect(await refusal("/chat/completions", { model: "echo", messages: user(" a".repeat(8 * MIB)) })).toEqual(
      refused,
    );
    // Not JSON at all: that would be another message, had anything parsed it.
    expect(await refusal("/chat/completions", "[".repeat(32 * MIB))).toEqual(refused);
    const urls = `"url":"data:",`.repeat(2 * MIB);
    expect(await refusal("/chat/completions", urls)).toEqual(refused);
  });

  it("the data of images does not count: nothing looks at it", async () => {
    const image = (url: string) => ({ type: "image_url", image_url: { url, detail: "low" } });
    const data = `data:image/png;base64,${"A".repeat(3 * MIB)}`;
    const content = [image(data), { type: "text", text: `say "url":"data:" and \\` }, image(data)];
    const answer = await chat({ messages: user(content) });
    expect(choicesOf(answer)[0].message.content).toBe(`say "url":"data:" and \\`);
    const spaced = JSON.stringify({ model: "echo", messages: user(content) }, null, 2);
    expect((await send("/chat/completions", spaced)).status).toBe(200);
  });

  it("a text that only looks like an image is never emptied, nor an image's address that goes on after a quote", async () => {
    const text = `"url":"data:${"A".repeat(MIB)}"`;
    const refused = [400, expect.objectContaining({ code: "request_too_large" })];
    expect(await refusal("/chat/completions", { model: "echo", messages: user(text) })).toEqual(refused);
    const content = [{ type: "image_url", image_url: { url: `data:${"A".repeat(MIB)}" and more` } }];
    expect(await refusal("/chat/completions", { model: "echo", messages: user(content) })).toEqual(refused);
  });
});

import { describe, expect, it } from "vitest";
import { anthropicClient, geminiClient, openAiResponsesClient, parseChatRequest, type TextRequest } from "#wire";
import { ADAPTER as OPENAI } from "../../../src/providers/openai/adapter.ts";
import type { ProviderSettings, UpstreamRequest } from "../../../src/providers/spec.ts";

const SETTINGS: ProviderSettings = {
  baseUrl: "https://up.example/v1",
  apiKey: "sk-up",
  fetch: () => Promise.reject(new Error("no call is made here")),
};

const responses = (text: string): TextRequest =>
  openAiResponsesClient.parseRequest(text, { model: null, stream: null });
const chat = (body: object): TextRequest =>
  parseChatRequest(JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }], ...body }));

function send(request: TextRequest, upstreamModel: string, outputTokens: number | null = null) {
  const sent = OPENAI.encodeRequest(SETTINGS, { operation: "chat.completions", upstreamModel, request, outputTokens });
  if (!isText(sent)) throw new Error("it is sent as text, at once");
  return sent;
}

const isText = (sent: UpstreamRequest | Promise<UpstreamRequest>): sent is UpstreamRequest & { body: string } =>
  !(sent instanceof Promise) && typeof sent.body === "string";

const bodyOf = (sent: { body: string }): Readonly<Record<string, unknown>> => {
  const body: unknown = JSON.parse(sent.body);
  return Object.assign({}, body);
};

describe("the format in which OpenAI is asked", () => {
  it.each([
    ["openai-chat", "gpt-4o", "openai-chat"],
    ["openai-chat", "gpt-5", "openai-chat"],
    ["openai-chat", "gpt-5.3-codex", "openai-responses"],
    ["openai-chat", "gpt-5-pro", "openai-responses"],
    ["openai-chat", "gpt-5-pro-2025-10-06", "openai-responses"],
    ["openai-chat", "o3-pro", "openai-responses"],
    ["openai-chat", "gpt-5.2-pro", "openai-chat"],
    ["openai-chat", "o4-mini-deep-research", "openai-responses"],
    ["openai-responses", "gpt-4o", "openai-responses"],
    ["openai-responses", "gpt-4o-audio-preview", "openai-chat"],
    ["openai-completions", "gpt-4o", "openai-chat"],
    ["anthropic-messages", "gpt-5.4-mini", "openai-responses"],
    ["anthropic-messages", "gpt-6-sol", "openai-responses"],
    ["anthropic-messages", "o3", "openai-responses"],
    ["gemini", "gpt-5.1-chat-latest", "openai-chat"],
    ["gemini", "gpt-4.1", "openai-chat"],
    ["gemini", "ft:gpt-4o:acme::1", "openai-chat"],
    ["gemini", "gpt-50-something-new", "openai-responses"],
  ] as const)("a caller of %s for %s is %s", (client, model, format) => {
    expect(OPENAI.textFormat?.(client, model)).toBe(format);
  });
});

describe("a Responses request to OpenAI", () => {
  it("is the caller's text, with the model, the maximum and our extensions changed, and nothing stored", () => {
    const text = `{ "model":"openai/x","input":"hi",\n "temperature":1.0,"store":true,"usage":{"include":true}, "new":[1e400],"max_output_tokens":500,"stream":true }`;
    const sent = send(responses(text), "gpt-4o", 40);
    expect(sent.body).toBe(
      `{ "model":"gpt-4o","input":"hi",\n "temperature":1.0,"store":false, "new":[1e400],"max_output_tokens":40,"stream":true }`,
    );
    expect(sent).toMatchObject({
      url: "https://up.example/v1/responses",
      stream: true,
      codec: { format: "openai-responses" },
      answerTypes: ["text/event-stream"],
      dropUsageChunk: false,
      droppedParams: [],
    });
    expect(sent.headers).toMatchObject({ authorization: "Bearer sk-up", accept: "text/event-stream" });
  });

  it("asks models that reason for what OpenAI would have stored, once", () => {
    const include = (asked: string): unknown =>
      bodyOf(send(responses(`{"model":"m","input":"x"${asked}}`), "gpt-5"))["include"];
    expect(include("")).toEqual(["reasoning.encrypted_content"]);
    expect(include(',"include":["web_search_call.results"]')).toEqual([
      "web_search_call.results",
      "reasoning.encrypted_content",
    ]);
    expect(include(',"include":["reasoning.encrypted_content"]')).toEqual(["reasoning.encrypted_content"]);
  });

  it("leaves out the reasoning of other providers", () => {
    const input = [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "prismatic.gemini.sig" },
      { role: "user", content: "x" },
    ];
    const sent = send(responses(JSON.stringify({ model: "m", input })), "gpt-5");
    expect(bodyOf(sent)["input"]).toEqual([{ role: "user", content: "x" }]);
  });

  it("takes the maximum that was granted: OpenAI itself refuses less than it takes", () => {
    expect(bodyOf(send(responses('{"model":"m","input":"x"}'), "gpt-4o", 1))["max_output_tokens"]).toBe(1);
    expect(bodyOf(send(responses('{"model":"m","input":"x"}'), "gpt-4o"))).not.toHaveProperty("max_output_tokens");
  });

  it("is made of a chat request for models that answer nowhere else, and what they do not take is reported", () => {
    const sent = send(chat({ temperature: 0.5, reasoning_effort: "low" }), "gpt-5.3-codex", 100);
    expect(sent).toMatchObject({ codec: { format: "openai-responses" }, droppedParams: ["temperature"] });
    expect(bodyOf(sent)).toMatchObject({ store: false, reasoning: { effort: "low" }, max_output_tokens: 100 });
    expect(bodyOf(sent)).not.toHaveProperty("temperature");
    expect(() => send(chat({ stop: "x" }), "gpt-5.3-codex")).toThrow(
      expect.objectContaining({ code: "unsupported_parameter", param: "stop" }),
    );
  });

  it.each([
    ["max_completion_tokens", chat({ max_completion_tokens: 15 })],
    ["max_tokens", chat({ max_tokens: 15 })],
    ["max_completion_tokens", chat({})],
    [
      "max_tokens",
      anthropicClient.parseRequest(
        JSON.stringify({ model: "m", max_tokens: 15, messages: [{ role: "user", content: "hi" }] }),
        { model: null, stream: null },
      ),
    ],
    [
      "generationConfig.maxOutputTokens",
      geminiClient.parseRequest(
        JSON.stringify({ contents: [{ parts: [{ text: "hi" }] }], generationConfig: { maxOutputTokens: 15 } }),
        { model: "m", stream: false },
      ),
    ],
  ])(
    "made of another format it is never raised above the grant: %s below OpenAI's least is refused",
    (param, request) => {
      expect(bodyOf(send(request, "gpt-5.3-codex", 16))["max_output_tokens"]).toBe(16);
      expect(bodyOf(send(request, "gpt-5.3-codex"))).not.toHaveProperty("max_output_tokens");
      expect(() => send(request, "gpt-5.3-codex", 15)).toThrow(
        expect.objectContaining({ code: "invalid_parameter", param }),
      );
    },
  );

  it("becomes a chat request for models that answer only there", () => {
    const sent = send(responses('{"model":"m","input":"x"}'), "gpt-4o-audio-preview", 9);
    expect(sent).toMatchObject({ url: "https://up.example/v1/chat/completions", codec: { format: "openai-chat" } });
    expect(bodyOf(sent)).toMatchObject({ model: "gpt-4o-audio-preview", max_completion_tokens: 9 });
  });

  it("G27: a model's name adds no header", () => {
    const sent = send(responses('{"model":"m","input":"x"}'), 'x\r\nauthorization: Bearer stolen\r\n"');
    expect(sent.headers["authorization"]).toBe("Bearer sk-up");
    expect(JSON.stringify(sent.headers)).not.toContain("stolen");
  });
});

describe("the usage of a response", () => {
  const map = (usage: object) => OPENAI.mapUsage({ ...usage }, "chat.completions", "openai-responses");

  it("G14: cached, written and reasoning tokens are priced once, searches beside them", () => {
    expect(
      map({
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
        output_tokens: 50,
        output_tokens_details: { reasoning_tokens: 20 },
        total_tokens: 150,
        web_search_calls: 2,
      }),
    ).toEqual({ input: 50, cached_read: 40, cache_write_5m: 10, output: 30, reasoning: 20, searches: 2 });
  });

  it("G13: zeros are usage, and details may be missing", () => {
    expect(map({ input_tokens: 0, output_tokens: 0 })).toEqual({ input: 0, output: 0 });
    expect(map({ input_tokens: 3, input_tokens_details: null, output_tokens: 4, output_tokens_details: null })).toEqual(
      { input: 3, output: 4 },
    );
  });

  it.each([
    { input_tokens: 3 },
    { output_tokens: 3 },
    { input_tokens: -1, output_tokens: 1 },
    { input_tokens: "3", output_tokens: 1 },
  ])("%j cannot be trusted", (usage) => {
    expect(map(usage)).toBeNull();
  });

  it("of chat completions and embeddings is read as everybody's", () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2 };
    expect(OPENAI.mapUsage(usage, "chat.completions", "openai-chat")).toEqual({ input: 5, output: 2 });
    expect(OPENAI.mapUsage(usage, "embeddings", null)).toEqual({ input: 5 });
  });
});

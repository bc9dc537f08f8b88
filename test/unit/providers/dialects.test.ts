import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { type ProviderSettings } from "#providers";
import { anthropicClient, openAiCompletionsClient, parseChatRequest, type TextRequest } from "#wire";
import { COMPATIBLE_PROVIDERS } from "../../../src/providers/openai-compatible/table.ts";
import { ADAPTERS } from "./adapters.ts";

const settings: ProviderSettings = {
  baseUrl: "https://up.example/v1",
  apiKey: "sk-up",
  fetch: () => Promise.reject(new Error("no call is made here")),
};
const NO_HINTS = { model: null, stream: null };
const MESSAGES = [{ role: "user", content: "hi" }];
const IDS = COMPATIBLE_PROVIDERS.map(({ id }) => id);

interface Sent {
  readonly body: Record<string, unknown>;
  readonly droppedParams: readonly string[];
  readonly dropUsageChunk: boolean;
}

function send(id: string, request: TextRequest, outputTokens: number | null = null): Sent {
  const sent = ADAPTERS.get(id)?.encodeRequest(settings, {
    operation: "chat.completions",
    upstreamModel: "up",
    request,
    outputTokens,
  });
  if (!sent || sent instanceof Promise || typeof sent.body !== "string") throw new Error(`${id} sends something else`);
  expect(sent.codec?.format).toBe("openai-chat");
  const { droppedParams, dropUsageChunk } = sent;
  return { body: JSON.parse(sent.body), droppedParams, dropUsageChunk };
}

const chat = (more: object): TextRequest =>
  parseChatRequest(JSON.stringify({ model: "m", messages: MESSAGES, ...more }));
const messages = (more: object): TextRequest =>
  anthropicClient.parseRequest(JSON.stringify({ model: "m", max_tokens: 9, messages: MESSAGES, ...more }), NO_HINTS);

function refusalOf(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was sent");
}

describe("providers that speak OpenAI's format", () => {
  it("are all there, each with an address of its own or none that all share", () => {
    const names = "groq mistral deepseek xai together fireworks cerebras perplexity moonshot qwen zhipu minimax";
    const others = "nvidia huggingface openrouter sambanova novita baseten ollama vllm";
    expect(IDS).toEqual(expect.arrayContaining(`${names} ${others}`.split(" ")));
    const withoutAddress = COMPATIBLE_PROVIDERS.filter(({ defaultBaseUrl }) => defaultBaseUrl === null);
    expect(withoutAddress.map(({ id }) => id)).toEqual(["ollama", "vllm"]);
    for (const { defaultBaseUrl } of COMPATIBLE_PROVIDERS) {
      if (defaultBaseUrl !== null) expect(defaultBaseUrl).toMatch(/^https:\/\/[a-z0-9.-]+(\/[a-z0-9-]+)*$/);
    }
  });

  it.each(IDS)("%s gets a chat request of another format in its own words, once each", (id) => {
    const { body, dropUsageChunk } = send(id, messages({ stream: true, system: "Be brief." }), 7);
    const row = COMPATIBLE_PROVIDERS.find((candidate) => candidate.id === id);
    expect(body).toEqual({
      model: "up",
      messages: [{ role: "system", content: "Be brief." }, ...MESSAGES],
      stream: true,
      [row?.outputMaximumParam ?? ""]: 7,
      ...(row?.streamOptions === "ask" ? { stream_options: { include_usage: true } } : {}),
    });
    // The answer is translated, so that there is no chunk to take out.
    expect(dropUsageChunk).toBe(false);
  });

  it.each(IDS)("%s gets the caller's own text without our extensions", (id) => {
    const { body } = send(id, chat({ models: ["a"], provider: { order: [] }, usage: { include: true }, new: 1 }));
    expect(body).toEqual({ model: "up", messages: MESSAGES, new: 1 });
  });

  it("refuse by name what the provider does not do, in either format", () => {
    const cases: readonly [string, TextRequest, string][] = [
      ["groq", chat({ n: 2 }), "n"],
      ["groq", chat({ logprobs: true }), "logprobs"],
      ["perplexity", chat({ tools: [{ type: "function", function: { name: "f" } }] }), "tools"],
      ["perplexity", messages({ tools: [{ name: "f", input_schema: { type: "object" } }] }), "tools"],
      ["deepseek", chat({ response_format: { type: "json_schema", json_schema: { schema: {} } } }), "response_format"],
      ["cerebras", chat({ frequency_penalty: 1 }), "frequency_penalty"],
      ["deepseek", messages({ top_k: 5 }), "top_k"],
    ];
    for (const [id, request, param] of cases) {
      expect(refusalOf(() => send(id, request))).toMatchObject({ code: "unsupported_parameter", param });
    }
  });

  it("leave out members that ask for nothing where they would be an error", () => {
    const { body, droppedParams } = send("groq", chat({ n: 1, logprobs: false, presence_penalty: 0, temperature: 1 }));
    expect(body).toEqual({ model: "up", messages: MESSAGES, temperature: 1 });
    expect(droppedParams).toEqual([]);
    expect(send("deepseek", chat({ response_format: { type: "json_object" } })).body).toHaveProperty("response_format");
  });

  it("leave out and report what changes nothing", () => {
    const sent = send("mistral", chat({ user: "u", verbosity: "low", seed: 3 }));
    expect(sent.body).toEqual({ model: "up", messages: MESSAGES, random_seed: 3 });
    expect(sent.droppedParams).toEqual(["user", "verbosity"]);
    const translated = send("mistral", messages({ metadata: { user_id: "u" } }));
    expect(translated.body).not.toHaveProperty("user");
    expect(translated.droppedParams).toHaveLength(1);
  });

  it("rename what a provider calls otherwise, in either format", () => {
    expect(send("zhipu", chat({ user: "u" })).body).toMatchObject({ user_id: "u" });
    const { body } = send("zhipu", messages({ metadata: { user_id: "u" } }));
    expect(body).toMatchObject({ user_id: "u" });
    expect(body).not.toHaveProperty("user");
    const completions = openAiCompletionsClient.parseRequest('{"model":"m","prompt":"x","seed":4}', NO_HINTS);
    expect(send("mistral", completions).body).toMatchObject({ random_seed: 4, messages: [{ content: "x" }] });
  });

  it("read OpenRouter's reasoning as the effort that they know; OpenRouter gets it as it is", () => {
    const reasoning = { max_tokens: 10_000 };
    expect(send("nvidia", chat({ reasoning })).body).toMatchObject({ reasoning_effort: "medium" });
    expect(send("nvidia", chat({ reasoning })).body).not.toHaveProperty("reasoning");
    expect(send("openrouter", chat({ reasoning })).body).toMatchObject({ reasoning });
    expect(send("groq", chat({ reasoning_effort: "low" })).body).toMatchObject({ reasoning_effort: "low" });
    expect(send("xai", chat({ reasoning: { exclude: true }, reasoning_effort: "low" })).body).toMatchObject({
      reasoning_effort: "low",
    });
  });

  it("get the reasoning of earlier answers only where they read it, and never another maker's signature", () => {
    const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const details = [
      { type: "reasoning.text", text: "a", signature: "own", index: 0 },
      { type: "reasoning.text", text: "b", signature: "prismatic.anthropic-messages.x", index: 1 },
    ];
    const extra_content = { google: { thought_signature: "prismatic.gemini.y" } };
    const answer = {
      role: "assistant",
      content: null,
      reasoning_content: "ab",
      reasoning_details: details,
      tool_calls: [{ ...call, extra_content }],
    };
    const plain = { role: "assistant", content: null, tool_calls: [call] };
    const request = chat({ messages: [...MESSAGES, answer] });
    for (const id of ["mistral", "cerebras", "groq"]) {
      expect(send(id, request).body).toEqual({ model: "up", messages: [...MESSAGES, plain] });
    }
    for (const id of ["deepseek", "openrouter"]) {
      const own = { ...plain, reasoning_content: "ab", reasoning_details: details.slice(0, 1) };
      expect(send(id, request).body).toEqual({ model: "up", messages: [...MESSAGES, own] });
    }
  });

  it("are told to leave reasoning off in their own words, or not at all where a model without it refuses the word", () => {
    const off = [chat({ reasoning: { enabled: false } }), messages({ thinking: { type: "disabled" } })];
    for (const request of off) {
      expect(send("deepseek", request).body).toMatchObject({ thinking: { type: "disabled" } });
      expect(send("qwen", request).body).toMatchObject({ enable_thinking: false });
      expect(send("groq", request).body).not.toHaveProperty("reasoning_effort");
    }
    expect(send("openrouter", messages({ thinking: { type: "disabled" } })).body).toMatchObject({
      reasoning_effort: "none",
    });
  });

  it("get top_k where they know it", () => {
    expect(send("together", messages({ top_k: 5 })).body).toMatchObject({ top_k: 5 });
    expect(send("together", chat({ top_k: 5 })).body).toMatchObject({ top_k: 5 });
  });
});

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { openAiChatClient, parseChatRequest, type EncodableEvent, type EncoderOptions, type PromptPart } from "#wire";
import { EVENT_STREAM, fetchOf, JSON_TYPE } from "../../support/wire/replay.ts";

const REQUEST = { model: "m", messages: [{ role: "user" as const, content: "hello" }] };

function optionsFor(more: object = {}): EncoderOptions {
  const request = parseChatRequest(JSON.stringify({ ...REQUEST, ...more }));
  return {
    requestId: "gen_1",
    model: "a/b",
    createdSeconds: 1_700_000_000,
    includeUsage: request.includeUsage,
    request,
  };
}

const USAGE: EncodableEvent = {
  type: "usage",
  units: { input: 10, cached_read: 5, cache_write_1h: 2, output: 7, reasoning: 3 },
  costUsd: null,
};
const EVENTS: readonly EncodableEvent[] = [
  { type: "start", id: "msg_1", model: "up" },
  { type: "reasoning", choice: 0, text: "Let me " },
  { type: "reasoning", choice: 0, text: "think." },
  { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "sig" }, isRedacted: false },
  { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "hidden" }, isRedacted: true },
  { type: "text", choice: 0, text: "Zażółć " },
  { type: "text", choice: 0, text: "gęślą." },
  { type: "tool-start", choice: 0, index: 0, id: "call_a", name: "weather" },
  { type: "tool-arguments", choice: 0, index: 0, text: '{"city":' },
  { type: "tool-arguments", choice: 0, index: 0, text: '"Łódź"}' },
  { type: "tool-end", choice: 0, index: 0, signature: { format: "gemini", value: "gsig" } },
  { type: "tool-start", choice: 0, index: 1, id: "call_b", name: "now" },
  { type: "tool-end", choice: 0, index: 1, signature: null },
  USAGE,
  { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
];
const OPENAI_USAGE = {
  prompt_tokens: 17,
  completion_tokens: 10,
  total_tokens: 27,
  prompt_tokens_details: { cached_tokens: 5, audio_tokens: 0, cache_write_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
};

function stream(events: readonly EncodableEvent[], options: EncoderOptions): string {
  const encoder = openAiChatClient.createEncoder(options);
  const text = events.map((event) => encoder.encode(event)).join("");
  return text + encoder.finish();
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const chunksOf = (text: string): readonly string[] =>
  text.split("\n\n").flatMap((event) => (event === "" ? [] : [event.slice("data: ".length)]));

describe("an answer in chat completions", () => {
  it("is the same streamed and whole, as OpenAI's own client accumulates it", async () => {
    const options = optionsFor({ stream: true, stream_options: { include_usage: true } });
    const client = new OpenAI({ apiKey: "k", fetch: fetchOf(bytesOf(stream(EVENTS, options)), EVENT_STREAM) });
    const streamed = await client.chat.completions
      .stream({ ...REQUEST, stream_options: { include_usage: true } })
      .finalChatCompletion();
    const whole = await new OpenAI({
      apiKey: "k",
      fetch: fetchOf(openAiChatClient.encodeResponse(EVENTS, options), JSON_TYPE),
    }).chat.completions.create(REQUEST);
    for (const answer of [streamed, whole]) {
      expect(answer).toMatchObject({
        id: "msg_1",
        model: "up",
        object: "chat.completion",
        created: 1_700_000_000,
        usage: OPENAI_USAGE,
        choices: [
          {
            index: 0,
            finish_reason: "tool_calls",
            message: {
              role: "assistant",
              content: "Zażółć gęślą.",
              tool_calls: [
                { id: "call_a", type: "function", function: { name: "weather", arguments: '{"city":"Łódź"}' } },
                { id: "call_b", type: "function", function: { name: "now", arguments: "{}" } },
              ],
            },
          },
        ],
      });
    }
    expect(whole.choices[0]?.message).toMatchObject({ reasoning_content: "Let me think." });
  });

  it("is read by @ai-sdk/openai-compatible, with reasoning and the signature of a call", async () => {
    // Gemini, which signs its calls, says them whole.
    const events = EVENTS.filter((event) => !("index" in event) || event.index === 0).flatMap(
      (event): EncodableEvent[] => {
        if (event.type !== "tool-arguments") return [event];
        return event.text.startsWith("{") ? [{ ...event, text: '{"city":"Łódź"}' }] : [];
      },
    );
    const options = optionsFor({ stream: true, stream_options: { include_usage: true } });
    const modelOf = (fetch: typeof globalThis.fetch) =>
      createOpenAICompatible({ name: "p", baseURL: "https://x.example", includeUsage: true, fetch })("m");
    const streamed = streamText({
      model: modelOf(fetchOf(bytesOf(stream(events, options)), EVENT_STREAM)),
      prompt: "x",
    });
    const whole = await generateText({
      model: modelOf(fetchOf(openAiChatClient.encodeResponse(events, options), JSON_TYPE)),
      prompt: "x",
    });
    for (const answer of [streamed, whole]) {
      expect(await answer.text).toBe("Zażółć gęślą.");
      expect(await answer.reasoningText).toBe("Let me think.");
      expect(await answer.finishReason).toBe("tool-calls");
      expect(await answer.toolCalls).toMatchObject([
        {
          toolName: "weather",
          input: { city: "Łódź" },
          providerMetadata: { p: { thoughtSignature: "prismatic.gemini.gsig" } },
        },
      ]);
      expect(await answer.usage).toMatchObject({ inputTokens: 17, outputTokens: 10 });
    }
  });

  it.each(["whole", "streamed"])("keeps every signature through a client that sends the %s answer back", (way) => {
    const options = optionsFor();
    const sentBack: object =
      way === "whole"
        ? JSON.parse(openAiChatClient.encodeResponse(EVENTS, options)).choices[0].message
        : accumulate(chunksOf(stream(EVENTS, options)));
    const request = parseChatRequest(JSON.stringify({ ...REQUEST, messages: [...REQUEST.messages, sentBack] }));
    const expected: readonly PromptPart[] = [
      {
        type: "reasoning",
        text: "Let me think.",
        signature: { format: "anthropic-messages", value: "sig" },
        isRedacted: false,
      },
      { type: "reasoning", text: "", signature: { format: "anthropic-messages", value: "hidden" }, isRedacted: true },
      { type: "text", text: "Zażółć gęślą." },
      {
        type: "tool-call",
        id: "call_a",
        name: "weather",
        arguments: '{"city":"Łódź"}',
        signature: { format: "gemini", value: "gsig" },
      },
      { type: "tool-call", id: "call_b", name: "now", arguments: "{}", signature: null },
    ];
    expect(request.decode().messages[1]?.parts).toEqual(expected);
  });

  it("G29: names usage only to callers who asked, and the cost to those who asked for that", () => {
    expect(stream(EVENTS, optionsFor({ stream: true }))).not.toContain("usage");
    const priced = EVENTS.map((event) => (event.type === "usage" ? { ...event, costUsd: "0.000000001" } : event));
    const chunks = chunksOf(stream(priced, optionsFor({ stream: true, usage: { include: true } })));
    expect(chunks.at(-1)).toBe("[DONE]");
    expect(JSON.parse(chunks.at(-2) ?? "")).toMatchObject({
      choices: [],
      usage: { ...OPENAI_USAGE, cost: "0.000000001" },
    });
    expect(JSON.parse(chunks[0] ?? "")).toMatchObject({ usage: null, choices: [{ delta: { role: "assistant" } }] });
    expect(JSON.parse(openAiChatClient.encodeResponse(priced, optionsFor()))).toMatchObject({
      usage: { cost: "0.000000001" },
    });
  });

  it("says several choices, refusals, pictures, sources and log probabilities", () => {
    const events: readonly EncodableEvent[] = [
      { type: "text", choice: 1, text: "B", logprobs: [{ token: "B", logprob: -1, bytes: [66], top: [] }] },
      { type: "refusal", choice: 0, text: "No." },
      { type: "image", choice: 1, mediaType: "image/png", data: "AAAA" },
      {
        type: "citation",
        choice: 1,
        citation: { url: "https://a.example", title: null, citedText: "q", start: 0, end: 1 },
      },
      { type: "finish", choice: 1, reason: "stop-sequence", stopSequence: "x" },
      { type: "finish", choice: 0, reason: "refusal", stopSequence: null },
    ];
    expect(JSON.parse(openAiChatClient.encodeResponse(events, optionsFor()))).toMatchObject({
      id: "gen_1",
      model: "a/b",
      choices: [
        { index: 0, finish_reason: "stop", message: { content: null, refusal: "No." } },
        {
          index: 1,
          finish_reason: "stop",
          logprobs: { content: [{ token: "B", logprob: -1, bytes: [66], top_logprobs: [] }] },
          message: {
            content: "B",
            images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
            annotations: [
              {
                type: "url_citation",
                url_citation: {
                  url: "https://a.example",
                  title: "https://a.example",
                  start_index: 0,
                  end_index: 1,
                  content: "q",
                },
              },
            ],
          },
        },
      ],
    });
  });

  it("answers the deprecated functions in their own words", () => {
    const options = optionsFor({ functions: [{ name: "weather" }] });
    const answer: unknown = JSON.parse(openAiChatClient.encodeResponse(EVENTS, options));
    expect(answer).toMatchObject({
      choices: [
        {
          finish_reason: "function_call",
          message: { function_call: { name: "weather", arguments: '{"city":"Łódź"}' } },
        },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain("tool_calls");
  });
});

/** What a client keeps that follows OpenRouter's convention: entries collected, calls joined by index. */
function accumulate(chunks: readonly string[]): object {
  const details: unknown[] = [];
  const calls: { id?: string; function: { name?: string; arguments: string }; extra_content?: unknown }[] = [];
  let content = "";
  for (const data of chunks) {
    if (data === "[DONE]") break;
    const { delta } = JSON.parse(data).choices[0] ?? { delta: {} };
    content += delta.content ?? "";
    details.push(...(delta.reasoning_details ?? []));
    for (const { index, function: called, ...rest } of delta.tool_calls ?? []) {
      const known = calls[index];
      const text = (known?.function.arguments ?? "") + called.arguments;
      calls[index] = { ...known, ...rest, function: { ...known?.function, ...called, arguments: text } };
    }
  }
  return { role: "assistant", content, reasoning_details: details, tool_calls: calls };
}

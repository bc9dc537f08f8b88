import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import {
  encodePrompt,
  openAiChatUpstream,
  openAiCompletionsClient,
  type EncodableEvent,
  type EncoderOptions,
  type TextRequest,
} from "#wire";
import { EVENT_STREAM, fetchOf, JSON_TYPE } from "../../support/wire/replay.ts";

const parse = (body: object): TextRequest =>
  openAiCompletionsClient.parseRequest(JSON.stringify({ model: "m", prompt: "Once upon", ...body }), {
    model: null,
    stream: null,
  });

function refusalOf(body: object): AppError {
  try {
    parse(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the request was accepted");
}

function optionsFor(body: object): EncoderOptions {
  const request = parse(body);
  return { requestId: "gen_1", model: "a/b", createdSeconds: 1, includeUsage: request.includeUsage, request };
}

const EVENTS: readonly EncodableEvent[] = [
  { type: "start", id: null, model: "up" },
  { type: "reasoning", choice: 0, text: "hm" },
  { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
  { type: "text", choice: 0, text: "a " },
  { type: "text", choice: 1, text: "b" },
  { type: "text", choice: 0, text: "time" },
  { type: "finish", choice: 1, reason: "stop", stopSequence: null },
  { type: "finish", choice: 0, reason: "length", stopSequence: null },
  { type: "usage", units: { input: 2, output: 3 }, costUsd: null },
];

describe("the legacy completions", () => {
  it("ask a chat model with one message", () => {
    const request = parse({ prompt: ["Once upon"], max_tokens: 9, n: 2, stop: "x", temperature: 0.5, user: "u" });
    expect(request).toMatchObject({
      format: "openai-completions",
      outputMaximum: 9,
      choices: 2,
      input: { messages: 1, textBytes: 9 },
    });
    expect(encodePrompt(openAiChatUpstream, request, { upstreamModel: "up", stream: false, outputTokens: 9 })).toEqual({
      body: {
        model: "up",
        messages: [{ role: "user", content: "Once upon" }],
        temperature: 0.5,
        stop: ["x"],
        n: 2,
        user: "u",
        max_completion_tokens: 9,
      },
      droppedParams: [],
    });
  });

  it("give 16 tokens where nothing is asked, as OpenAI does", () => expect(parse({}).outputMaximum).toBe(16));

  it.each([
    ["prompt", { prompt: undefined }],
    ["prompt", { prompt: ["a", "b"] }],
    ["prompt", { prompt: [1, 2] }],
    ["prompt", { prompt: [[1, 2]] }],
    ["n", { n: 129 }],
    ["stop[0]", { stop: [1] }],
    ["model", { model: "" }],
    ["stream_options", { stream_options: {} }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { Max_Tokens: 5 }],
    ["temperature", { temperature: "warm" }],
  ])("refuse as invalid %s", (param, body) => {
    expect(refusalOf(body)).toMatchObject({ code: "invalid_parameter", param });
  });

  it.each([
    ["suffix", { suffix: "end" }],
    ["echo", { echo: true }],
    ["best_of", { best_of: 2 }],
    ["logprobs", { logprobs: 0 }],
  ])("refuse %s, which only models that complete text have", (param, body) => {
    expect(refusalOf(body)).toMatchObject({ code: "unsupported_parameter", param });
  });

  it("pass members that ask for none of it", () => {
    expect(parse({ suffix: null, echo: false, best_of: 1, logprobs: null }).uses.size).toBe(0);
  });

  it("G20: a bias counts the target's own tokens, so that another format refuses it", () => {
    const request = parse({ logit_bias: { "50256": -100 } });
    expect(() =>
      encodePrompt(openAiChatUpstream, request, { upstreamModel: "u", stream: false, outputTokens: 1 }),
    ).toThrow(expect.objectContaining({ code: "unsupported_parameter", param: "logit_bias" }));
  });

  it("answer as OpenAI's own client reads it, whole", async () => {
    const client = new OpenAI({
      apiKey: "k",
      fetch: fetchOf(openAiCompletionsClient.encodeResponse(EVENTS, optionsFor({ n: 2 })), JSON_TYPE),
    });
    expect(await client.completions.create({ model: "m", prompt: "x" })).toMatchObject({
      id: "gen_1",
      object: "text_completion",
      model: "up",
      choices: [
        { index: 0, text: "a time", finish_reason: "length", logprobs: null },
        { index: 1, text: "b", finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
    });
  });

  it.each([
    [{ stream_options: { include_usage: true } }, 5],
    [{}, undefined],
  ])("G29: answer as OpenAI's own client reads it, streamed, with usage where asked for: %j", async (more, total) => {
    const encoder = openAiCompletionsClient.createEncoder(optionsFor({ stream: true, ...more }));
    const text = EVENTS.map((event) => encoder.encode(event)).join("") + encoder.finish();
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    const client = new OpenAI({ apiKey: "k", fetch: fetchOf(new TextEncoder().encode(text), EVENT_STREAM) });
    const texts = ["", ""];
    const reasons: (string | null)[] = [];
    let usage: OpenAI.CompletionUsage | undefined;
    for await (const chunk of await client.completions.create({ model: "m", prompt: "x", stream: true })) {
      expect(chunk).toMatchObject({ id: "gen_1", object: "text_completion" });
      for (const choice of chunk.choices) {
        texts[choice.index] = (texts[choice.index] ?? "") + choice.text;
        reasons[choice.index] = choice.finish_reason;
      }
      usage = chunk.usage ?? usage;
    }
    expect({ texts, reasons, total: usage?.total_tokens }).toEqual({
      texts: ["a time", "b"],
      reasons: ["length", "stop"],
      total,
    });
  });
});

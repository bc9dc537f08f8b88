import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { anthropicClient, anthropicUpstream, type EncodableEvent, type EncoderOptions } from "#wire";
import { decodeChunks, EVENT_STREAM, fetchOf, frameEvents, JSON_TYPE, viewOf } from "../../support/wire/replay.ts";

type Event = Readonly<Record<string, unknown>>;

const START = {
  type: "message_start",
  message: { id: "msg_1", model: "claude", usage: { input_tokens: 9, output_tokens: 1, cache_read_input_tokens: 4 } },
};
const STOP = { type: "message_stop" };
const textBlock = (index: number, text: string): readonly Event[] => [
  { type: "content_block_start", index, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index, delta: { type: "text_delta", text } },
  { type: "content_block_stop", index },
];
const end = (usage: object, reason = "end_turn"): Event => ({
  type: "message_delta",
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
});

function decode(...events: readonly Event[]) {
  return decodeChunks(anthropicUpstream, [
    frameEvents(
      events.map((event) => JSON.stringify(event)),
      "named",
    ),
  ]);
}

describe("reading Anthropic's streams", () => {
  it("G11: until the last usage came, output is what was delivered, not message_start's 1", () => {
    const { summary } = decode(START, ...textBlock(0, "one two three four five six").slice(0, 2));
    expect(summary.end).toBe("interrupted");
    expect(summary.usage).toEqual({ input_tokens: 9, cache_read_input_tokens: 4 });
    expect(summary.delivered.outputTokens).toBeGreaterThan(4);
  });

  it("G15: message_start and message_delta are merged, never summed; null says nothing, a later count overrides", () => {
    const { summary } = decode(
      START,
      ...textBlock(0, "x"),
      end({ input_tokens: 12, output_tokens: 7, cache_read_input_tokens: null }),
      end({ output_tokens: 8 }),
      STOP,
    );
    expect(summary.usage).toEqual({ input_tokens: 12, output_tokens: 8, cache_read_input_tokens: 4 });
  });

  it("G13: an output of 0 is a count", () => {
    expect(decode(START, end({ output_tokens: 0 }, "refusal"), STOP).summary).toMatchObject({
      end: "complete",
      usage: { output_tokens: 0 },
      finishReasons: ["refusal"],
    });
  });

  it.each([
    ["in its end", [START, ...textBlock(0, "x"), { type: "message_delta", delta: { stop_reason: "end_turn" } }, STOP]],
    ["and never named its end", [START, ...textBlock(0, "x"), STOP]],
  ])("a whole stream that counted no output %s has no usage: half of one would make it free", (_, events) => {
    const { summary } = decode(...events);
    expect(summary.end).toBe("complete");
    expect(summary.usage).toEqual({});
  });

  it("a second message_start names nothing anew, pings and unknown events say nothing, nothing follows the stop", () => {
    const { events, summary } = decode(
      START,
      { type: "ping" },
      START,
      { type: "content_block_start", index: 0, content_block: { type: "hologram", data: "x" } },
      { type: "content_block_delta", index: 0, delta: { type: "hologram_delta", text: "x" } },
      { type: "sparkle", x: 1 },
      ...textBlock(1, "a"),
      end({ output_tokens: 2 }),
      { type: "content_block_start", index: 2, content_block: { type: "text", text: "late" } },
      ...textBlock(3, "late"),
      STOP,
      ...textBlock(4, "later"),
    );
    expect(events.filter((event) => event.type === "start")).toHaveLength(1);
    expect(viewOf(events)).toMatchObject({ text: "a", finish: "stop" });
    expect(summary.end).toBe("complete");
  });

  it("an error inside is an error by its type alone (S3)", () => {
    const { events, summary } = decode(
      START,
      { type: "error", error: { type: "overloaded_error", message: "CANARY" } },
      STOP,
    );
    expect(summary).toMatchObject({ end: "interrupted", error: { code: null, type: "overloaded_error" } });
    expect(JSON.stringify(events)).not.toContain("CANARY");
  });

  it.each([
    ["text that is no stream", "<html>busy</html>\n\n", "garbage"],
    ["JSON that is none of its events", 'data: {"choices":[]}\n\n', "garbage"],
    ["nothing", "", "interrupted"],
  ])("%s", (_, text, verdict) => {
    expect(decodeChunks(anthropicUpstream, [new TextEncoder().encode(text)]).summary.end).toBe(verdict);
  });

  it("tool calls count from 0, take their arguments from wherever they stand, and end with the message", () => {
    const tool = (index: number, id: string, input: object) => ({
      type: "content_block_start",
      index,
      content_block: { type: "tool_use", id, name: "f", input },
    });
    const { events } = decode(
      START,
      ...textBlock(0, "x"),
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "server_tool_use", id: "s", name: "web_search" },
      },
      tool(2, "a", {}),
      tool(3, "b", { whole: true }),
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"n":' } },
      { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: "1}" } },
      end({ output_tokens: 3 }, "tool_use"),
      STOP,
    );
    expect(viewOf(events)).toMatchObject({
      tools: [
        { id: "a", arguments: { n: 1 } },
        { id: "b", arguments: { whole: true } },
      ],
      finish: "tool-calls",
    });
    expect(events.filter((event) => event.type === "tool-end").map((event) => event.index)).toEqual([0, 1]);
  });

  it("arguments that came in pieces are not said again as a whole", () => {
    const { events } = decode(
      START,
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "a", name: "f", input: { n: 1 } },
      },
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"n":1}' } },
      { type: "content_block_stop", index: 0 },
    );
    expect(viewOf(events).tools).toEqual([{ id: "a", name: "f", arguments: { n: 1 } }]);
  });

  it("a decoder that is over, or has failed, says nothing more", () => {
    for (const last of [STOP, { type: "error", error: { type: "api_error" } }]) {
      const decoder = anthropicUpstream.createDecoder({ choices: 1 });
      const see = (event: Event) => decoder.see({ data: JSON.stringify(event), event: undefined });
      see(START);
      see(last);
      const verdict = decoder.end();
      expect([...textBlock(0, "x"), end({ output_tokens: 1 })].flatMap(see)).toEqual([]);
      expect(decoder.end()).toBe(verdict);
    }
  });

  it("a whole answer that counted no output has no usage", () => {
    const { events } = anthropicUpstream.decodeResponse(
      '{"type":"message","content":[{"type":"text","text":"x"}],"usage":{"input_tokens":5}}',
    );
    expect(events.map((event) => event.type)).toEqual(["start", "text", "finish"]);
  });

  it.each([
    ["an error", '{"type":"error","error":{"type":"api_error","message":"x"}}', "interrupted"],
    ["no JSON", "<html>", "garbage"],
    ["another format", '{"choices":[]}', "garbage"],
  ])("a whole answer that is %s", (_, text, verdict) => {
    expect(anthropicUpstream.decodeResponse(text).end).toBe(verdict);
  });
});

const OPTIONS: EncoderOptions = {
  requestId: "gen_1",
  model: "public/model",
  createdSeconds: 1,
  includeUsage: true,
  request: anthropicClient.parseRequest('{"model":"m","messages":[{"role":"user","content":"x"}]}', {
    model: null,
    stream: null,
  }),
};
const SIGNED = { format: "gemini", value: "sig" } as const;
const USAGE: EncodableEvent = {
  type: "usage",
  units: { input: 5, cached_read: 6, cache_write_5m: 7, cache_write_1h: 8, output: 9, reasoning: 10, searches: 2 },
  costUsd: "0.000000001",
};
const finish = (reason: Extract<EncodableEvent, { type: "finish" }>["reason"]): EncodableEvent => ({
  type: "finish",
  choice: 0,
  reason,
  stopSequence: null,
});

/** What Anthropic's own client reads from a stream and from a whole body of ours; they must be the same. */
async function readBySdk(events: readonly EncodableEvent[]): Promise<Anthropic.Message> {
  const encoder = anthropicClient.createEncoder(OPTIONS);
  const text = events.map((event) => encoder.encode(event)).join("") + encoder.finish();
  const question = { model: "m", max_tokens: 5, messages: [{ role: "user" as const, content: "x" }] };
  const client = (body: string, type: string) =>
    new Anthropic({ apiKey: "k", maxRetries: 0, fetch: fetchOf(body, type) }).messages;
  const streamed = await client(text, EVENT_STREAM).stream(question).finalMessage();
  const whole = await client(anthropicClient.encodeResponse(events, OPTIONS), JSON_TYPE).create(question);
  const { content, stop_reason: reason, stop_sequence: sequence, usage, id, model } = whole;
  expect(streamed).toMatchObject({ content, stop_reason: reason, stop_sequence: sequence, id, model });
  expect(streamed.usage).toMatchObject({ input_tokens: usage.input_tokens, output_tokens: usage.output_tokens });
  return whole;
}

describe("answers of other formats, read by Anthropic's own client", () => {
  it("text, reasoning with a signature, tool calls side by side, usage with caches outside the input", async () => {
    const message = await readBySdk([
      { type: "start", id: "chatcmpl-1", model: "gpt" },
      { type: "reasoning", choice: 0, text: "hm" },
      { type: "reasoning", choice: 0, text: "m" },
      { type: "reasoning-end", choice: 0, signature: SIGNED, isRedacted: false },
      { type: "text", choice: 0, text: "I " },
      { type: "text", choice: 0, text: "call." },
      { type: "text", choice: 1, text: "another choice" },
      { type: "tool-start", choice: 0, index: 0, id: "a", name: "f" },
      { type: "tool-start", choice: 0, index: 1, id: "b", name: "g" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"n":' },
      { type: "tool-arguments", choice: 0, index: 1, text: '{"m":2}' },
      { type: "tool-arguments", choice: 0, index: 0, text: "1}" },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { type: "tool-end", choice: 0, index: 1, signature: null },
      USAGE,
      finish("tool-calls"),
    ]);
    expect(message).toMatchObject({
      id: "chatcmpl-1",
      model: "gpt",
      content: [
        { type: "thinking", thinking: "hmm", signature: "prismatic.gemini.sig" },
        { type: "text", text: "I call." },
        { type: "tool_use", id: "a", name: "f", input: { n: 1 } },
        { type: "tool_use", id: "b", name: "g", input: { m: 2 } },
      ],
      stop_reason: "tool_use",
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 6,
        cache_creation_input_tokens: 15,
        cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 8 },
        output_tokens: 19,
        output_tokens_details: { thinking_tokens: 10 },
        server_tool_use: { web_search_requests: 2 },
        cost: "0.000000001",
      },
    });
  });

  it.each([
    ["stop", "end_turn"],
    ["stop-sequence", "stop_sequence"],
    ["length", "max_tokens"],
    ["content-filter", "refusal"],
    ["refusal", "refusal"],
    ["pause", "pause_turn"],
    ["other", "end_turn"],
  ] as const)("ends %s as %s", async (reason, expected) => {
    expect((await readBySdk([{ type: "text", choice: 0, text: "x" }, finish(reason)])).stop_reason).toBe(expected);
  });

  it("a turn of calls ends as one, whatever the provider called it; a refusal too", async () => {
    const call: EncodableEvent = { type: "tool-start", choice: 0, index: 0, id: "a", name: "f" };
    expect(await readBySdk([call, finish("stop")])).toMatchObject({
      stop_reason: "tool_use",
      content: [{ input: {} }],
    });
    expect(await readBySdk([{ type: "refusal", choice: 0, text: "no" }, finish("stop")])).toMatchObject({
      stop_reason: "refusal",
      content: [{ type: "text", text: "no" }],
    });
  });

  it("blocks come one after another: each ends before the next begins", () => {
    const encoder = anthropicClient.createEncoder(OPTIONS);
    const framed = [
      { type: "reasoning", choice: 0, text: "a" },
      { type: "text", choice: 0, text: "b" },
      { type: "tool-start", choice: 0, index: 0, id: "t", name: "f" },
      { type: "tool-end", choice: 0, index: 0, signature: SIGNED },
      { type: "text", choice: 0, text: "c" },
      { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "y" }, isRedacted: true },
      finish("stop"),
    ] satisfies readonly EncodableEvent[];
    const text = framed.map((event) => encoder.encode(event)).join("") + encoder.finish();
    const steps = [...text.matchAll(/content_block_(start|stop)","index":(\d)/g)].map(
      ([, what, index]) => `${what} ${index}`,
    );
    expect(steps).toEqual([0, 1, 2, 3, 4, 5].flatMap((index) => [`start ${index}`, `stop ${index}`]));
    expect(text).toContain('{"type":"redacted_thinking","data":"prismatic.gemini.sig"}');
  });

  it("an answer of nothing is a message; names that nobody gave are ours", async () => {
    expect(await readBySdk([finish("stop")])).toMatchObject({ id: "msg_1", model: "public/model", content: [] });
  });

  it("reasoning that nobody signed is marked, and so is what only its signature is left of", async () => {
    const message = await readBySdk([
      { type: "reasoning", choice: 0, text: "a" },
      { type: "text", choice: 0, text: "b" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
      { type: "reasoning-end", choice: 0, signature: { format: "openai-responses", value: "x" }, isRedacted: false },
      { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "y" }, isRedacted: true },
      finish("stop"),
    ]);
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: "a", signature: "prismatic.openai-chat." },
      { type: "text", text: "b" },
      { type: "thinking", thinking: "", signature: "prismatic.openai-responses.x" },
      { type: "redacted_thinking", data: "y" },
    ]);
  });

  it("cites with its text; pictures and the citation of nothing are left out", async () => {
    const citation = { url: "https://x.example", title: "X", citedText: "x", start: null, end: null };
    const message = await readBySdk([
      { type: "citation", choice: 0, citation },
      { type: "text", choice: 0, text: "see" },
      { type: "citation", choice: 0, citation },
      { type: "citation", choice: 0, citation: { ...citation, url: null } },
      { type: "image", choice: 0, mediaType: "image/png", data: "AAAA" },
      finish("stop"),
    ]);
    expect(message.content).toMatchObject([
      { type: "text", citations: [{ url: "https://x.example", cited_text: "x" }] },
    ]);
    expect(message.content).toHaveLength(1);
  });

  it("a call that breaks off shows what came of it", () => {
    const body = anthropicClient.encodeResponse(
      [
        { type: "tool-start", choice: 0, index: 0, id: "a", name: "f" },
        { type: "tool-arguments", choice: 0, index: 0, text: '{"n":' },
        finish("length"),
      ],
      OPTIONS,
    );
    expect(JSON.parse(body)).toMatchObject({
      content: [{ input: { partial_json: '{"n":' } }],
      stop_reason: "max_tokens",
    });
  });
});

describe("errors in Anthropic's shape", () => {
  it.each([
    ["invalid_parameter", "invalid_request_error"],
    ["invalid_api_key", "authentication_error"],
    ["insufficient_credit", "billing_error"],
    ["scope_denied", "permission_error"],
    ["model_not_found", "not_found_error"],
    ["body_too_large", "request_too_large"],
    ["rate_limit_requests", "rate_limit_error"],
    ["upstream_overloaded", "overloaded_error"],
    ["upstream_error", "api_error"],
  ] as const)("%s is %s", (code, type) => {
    const body: unknown = JSON.parse(anthropicClient.encodeError(new AppError(code), "gen_1"));
    expect(body).toMatchObject({ type: "error", error: { type, code }, request_id: "gen_1" });
  });

  it("inside a stream the client throws it, with its type", async () => {
    const encoder = anthropicClient.createEncoder(OPTIONS);
    const begun = encoder.encode({ type: "text", choice: 0, text: "half" });
    const error = anthropicClient.encodeStreamError(new AppError("upstream_overloaded"), "gen_1");
    const client = new Anthropic({
      apiKey: "k",
      maxRetries: 0,
      fetch: fetchOf(begun + Buffer.from(error).toString(), EVENT_STREAM),
    });
    const stream = client.messages.stream({ model: "m", max_tokens: 5, messages: [{ role: "user", content: "x" }] });
    await expect(stream.finalMessage()).rejects.toMatchObject({ type: "overloaded_error" });
  });
});

import { createOpenAI } from "@ai-sdk/openai";
import { streamText } from "ai";
import fc from "fast-check";
import OpenAI, { APIError } from "openai";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { openAiResponsesClient, openAiResponsesUpstream, type AnswerEvent } from "#wire";
import { hasOpenApi, openApiFaults } from "../../support/openapi.ts";
import { decodeChunks, EVENT_STREAM, fetchOf, frameEvents, viewOf } from "../../support/wire/replay.ts";
import { eventsOf, finalResponse, QUESTION, translate, wholeResponse } from "../../support/wire/responses.ts";

type Event = Readonly<Record<string, unknown>>;

const USAGE = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 16,
};
const CREATED = { type: "response.created", response: { id: "resp_1", model: "gpt", usage: null, output: [] } };
const delta = (text: string): Event => ({
  type: "response.output_text.delta",
  item_id: "msg_1",
  content_index: 0,
  delta: text,
});
const end = (status: string, rest: Event = {}): Event => ({
  type: `response.${status}`,
  response: { id: "resp_1", model: "gpt", status, usage: USAGE, output: [], ...rest },
});
const COMPLETED = end("completed");

const decode = (...events: readonly Event[]) =>
  decodeChunks(openAiResponsesUpstream, [
    frameEvents(
      events.map((event) => JSON.stringify(event)),
      "named",
    ),
  ]);
const textOf = (events: readonly AnswerEvent[]): string => viewOf(events).text;

describe("reading the streams of responses", () => {
  it("usage comes with the end alone; the nulls before it are none, and zeros are one (G13)", () => {
    expect(decode(CREATED, delta("x")).summary).toMatchObject({ end: "interrupted", usage: null });
    expect(decode(CREATED, delta("x"), COMPLETED).summary).toMatchObject({ end: "complete", usage: USAGE });
    const zero = { ...USAGE, output_tokens: 0 };
    expect(decode(CREATED, end("completed", { usage: zero })).summary.usage).toMatchObject({ output_tokens: 0 });
  });

  it.each([
    [end("incomplete", { incomplete_details: { reason: "max_output_tokens" } }), "length"],
    [end("incomplete", { incomplete_details: { reason: "content_filter" } }), "content-filter"],
    [end("incomplete", { incomplete_details: { reason: "tired" } }), "other"],
    [{ type: "response.incomplete", response: { usage: USAGE } }, "other"],
    [COMPLETED, "stop"],
  ])("an answer that ends with %j finishes by %s, and has its usage", (last, reason) => {
    expect(decode(CREATED, delta("x"), last).summary).toMatchObject({
      end: "complete",
      finishReasons: [reason],
      usage: USAGE,
    });
  });

  it("searches of the provider's own tool are counted beside the usage; opening a page that was found is none", () => {
    const search = (id: string, type: string): Event => ({
      type: "response.output_item.done",
      output_index: 0,
      item: { id, type: "web_search_call", status: "completed", action: { type } },
    });
    const { summary } = decode(CREATED, search("ws_1", "search"), search("ws_2", "open_page"), delta("x"), COMPLETED);
    expect(summary.usage).toEqual({ ...USAGE, web_search_calls: 1 });
  });

  it("what pieces said is not said again by what repeats it, and what no piece said is", () => {
    const item = { id: "msg_1", type: "message", content: [{ type: "output_text", text: "hello", annotations: [] }] };
    const repeats = [
      { type: "response.output_text.done", item_id: "msg_1", content_index: 0, text: "hello" },
      { type: "response.content_part.done", item_id: "msg_1", content_index: 0, part: item.content[0] },
      { type: "response.output_item.done", output_index: 0, item },
      end("completed", { output: [item] }),
    ];
    const added = { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } };
    for (const pieces of [["hel", "lo"], ["hel"], []]) {
      const { events, summary } = decode(CREATED, added, ...pieces.map(delta), ...repeats);
      expect(textOf(events)).toBe("hello");
      expect(summary.delivered.textBytes).toBe(5);
    }
    expect(textOf(decode(CREATED, end("completed", { output: [item] })).events)).toBe("hello");
    expect(textOf(decode(CREATED, added, delta("howdy"), ...repeats).events)).toBe("howdy");
  });

  it("calls count from 0 in the order in which they come, and their pieces may be mixed", () => {
    const call = (id: string, at: number, args = ""): Event => ({
      output_index: at,
      item: { id, type: "function_call", call_id: `call_${id}`, name: "f", arguments: args },
    });
    const args = (id: string, text: string): Event => ({
      type: "response.function_call_arguments.delta",
      item_id: id,
      delta: text,
    });
    const { events, summary } = decode(
      CREATED,
      { type: "response.output_item.added", ...call("a", 3) },
      { type: "response.output_item.added", ...call("b", 5) },
      args("a", '{"x"'),
      args("b", "{}"),
      args("a", ":1}"),
      { type: "response.output_item.done", ...call("b", 5, "{}") },
      { type: "response.output_item.done", ...call("a", 3, '{"x":1}') },
      { type: "response.output_item.done", ...call("c", 7, '{"y":2}') },
      COMPLETED,
    );
    expect(viewOf(events).tools).toEqual([
      { id: "call_a", name: "f", arguments: { x: 1 } },
      { id: "call_b", name: "f", arguments: {} },
      { id: "call_c", name: "f", arguments: { y: 2 } },
    ]);
    expect(summary).toMatchObject({ finishReasons: ["tool-calls"], delivered: { toolBytes: 19 } });
  });

  it("the text of a custom tool, in pieces or whole, is one argument", () => {
    const item = { id: "c", type: "custom_tool_call", call_id: "call_1", name: "patch" };
    const pieces = ['say "', "\ud83d", '\ude00"\n'].map((text) => ({
      type: "response.custom_tool_call_input.delta",
      item_id: "c",
      delta: text,
    }));
    const done = { type: "response.output_item.done", item: { ...item, input: 'say "😀"\n' } };
    for (const between of [pieces, pieces.slice(0, 1), []]) {
      const added = { type: "response.output_item.added", item: { ...item, input: "" } };
      const { events } = decode(CREATED, added, ...between, done, COMPLETED);
      expect(viewOf(events).tools).toEqual([{ id: "call_1", name: "patch", arguments: { input: 'say "😀"\n' } }]);
    }
  });

  it.each([
    ["nested", { type: "error", sequence_number: 2, error: { type: "server_error", code: "boom", message: "secret" } }],
    ["flat", { type: "error", code: "boom", message: "secret", param: null }],
    ["bare", { error: { code: "boom", message: "secret" } }],
    ["in a failed response", end("failed", { error: { code: "boom", message: "secret" } })],
  ])("an error that comes %s ends the answer, without its words", (_, error) => {
    const { events, summary } = decode(CREATED, delta("x"), error, delta("y"), COMPLETED);
    expect(summary).toMatchObject({ end: "interrupted", error: { code: "boom" }, delivered: { textBytes: 1 } });
    expect(JSON.stringify(events)).not.toContain("secret");
  });

  it("nothing follows the end; unknown events, pings and a second start say nothing", () => {
    const { events, summary } = decode(
      CREATED,
      CREATED,
      { type: "keepalive", sequence_number: 3 },
      { type: "response.hologram.delta", delta: "x" },
      { type: "response.output_item.done", item: { type: "hologram", text: "x" } },
      delta("a"),
      COMPLETED,
      delta("late"),
      end("completed", { usage: { ...USAGE, output_tokens: 99 } }),
    );
    expect(events.filter((event) => event.type === "start")).toHaveLength(1);
    expect(textOf(events)).toBe("a");
    expect(summary.usage).toEqual(USAGE);
  });

  it("what is no stream of this format is garbage", () => {
    const bytes = new TextEncoder().encode('data: <html>\n\ndata: {"choices":[]}\n\n');
    expect(decodeChunks(openAiResponsesUpstream, [bytes]).summary.end).toBe("garbage");
  });

  it("no event makes the decoder throw", () => {
    const names = ["type", "delta", "item", "id", "output", "response", "content", "summary", "usage", "error"];
    const types = ["response.output_item.done", "response.completed", "response.output_text.delta", "function_call"];
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(...types, "message", "reasoning", "", null, 1, true),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie("node"), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (events) => {
        const decoder = openAiResponsesUpstream.createDecoder({ choices: 1 });
        for (const event of events) decoder.see({ data: JSON.stringify(event), event: undefined });
        for (const event of events) openAiResponsesUpstream.decodeResponse(JSON.stringify(event));
        expect(["complete", "interrupted", "garbage"]).toContain(decoder.end());
      }),
    );
  });
});

const FINISH = { type: "finish", choice: 0, reason: "stop", stopSequence: null } as const;
const START = { type: "start", id: "up_1", model: "up-model" } as const;
const CALL: readonly AnswerEvent[] = [
  { type: "tool-start", choice: 0, index: 0, id: "call_1", name: "f" },
  { type: "tool-arguments", choice: 0, index: 0, text: '{"x":' },
  { type: "tool-start", choice: 0, index: 1, id: "call_2", name: "g" },
  { type: "tool-arguments", choice: 0, index: 0, text: "1}" },
  { type: "tool-end", choice: 0, index: 0, signature: { format: "gemini", value: "sig" } },
  { type: "tool-end", choice: 0, index: 1, signature: null },
];
const EVERYTHING: readonly AnswerEvent[] = [
  START,
  { type: "reasoning", choice: 0, text: "hm" },
  { type: "reasoning", choice: 0, text: "m" },
  { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "s1" }, isRedacted: false },
  { type: "reasoning-end", choice: 0, signature: { format: "anthropic-messages", value: "s2" }, isRedacted: true },
  {
    type: "text",
    choice: 0,
    text: "hi ",
    logprobs: [{ token: "hi", logprob: -1, bytes: null, top: [{ token: "hi", logprob: -1, bytes: [104] }] }],
  },
  { type: "text", choice: 0, text: "you" },
  {
    type: "citation",
    choice: 0,
    citation: { url: "https://a.example/", title: null, citedText: null, start: null, end: null },
  },
  { type: "refusal", choice: 0, text: "no" },
  { type: "text", choice: 1, text: "of another choice" },
  { type: "image", choice: 0, mediaType: "image/webp", data: "AAAA" },
  ...CALL,
  { type: "text", choice: 0, text: "bye" },
  { type: "usage", usage: USAGE },
  { ...FINISH, reason: "tool-calls" },
];

describe("saying answers of other formats as responses", () => {
  it("everything an answer may hold is read by OpenAI's own client, streamed as whole", async () => {
    const { stream, whole } = translate(EVERYTHING);
    const streamed = await finalResponse(stream);
    expect(streamed.output).toMatchObject([
      {
        type: "reasoning",
        summary: [{ type: "summary_text", text: "hmm" }],
        encrypted_content: "prismatic.anthropic-messages.s1",
      },
      { type: "reasoning", summary: [], encrypted_content: "prismatic.anthropic-messages.s2" },
      {
        type: "message",
        content: [
          {
            type: "output_text",
            text: "hi you",
            annotations: [{ url: "https://a.example/", title: "https://a.example/", start_index: 6, end_index: 6 }],
            logprobs: [{ token: "hi", logprob: -1, bytes: [] }],
          },
          { type: "refusal", refusal: "no" },
        ],
      },
      { type: "image_generation_call", result: "AAAA", output_format: "webp" },
      { type: "function_call", call_id: "call_1", name: "f", arguments: '{"x":1}' },
      { type: "function_call", call_id: "call_2", name: "g", arguments: "{}" },
      { type: "reasoning", encrypted_content: "prismatic.gemini.sig" },
      { type: "message", content: [{ text: "bye" }] },
    ]);
    expect(streamed).toMatchObject({ id: "up_1", model: "up-model", status: "completed", store: false });
    expect((await wholeResponse(whole)).output).toMatchObject(streamed.output.map(({ type, id }) => ({ type, id })));
    const { usage } = streamed;
    expect(usage).toMatchObject({ ...USAGE, input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 } });
  });

  it.skipIf(!hasOpenApi)("every event and the whole are as OpenAI's own description has them", () => {
    const { text, whole } = translate(EVERYTHING, {
      ...QUESTION,
      instructions: "Be brief.",
      tools: [
        { type: "function", name: "f" },
        { type: "custom", name: "g" },
      ],
      text: { verbosity: "low" },
      reasoning: { effort: "low" },
      metadata: { a: "b" },
    });
    expect(openApiFaults("Response", JSON.parse(whole))).toEqual([]);
    for (const event of eventsOf(text)) {
      if (["response.created", "response.in_progress"].includes(String(event["type"]))) continue;
      expect({ event, faults: openApiFaults("ResponseStreamEvent", event) }).toEqual({ event, faults: [] });
    }
  });

  it.skipIf(!hasOpenApi)("OpenAI's own description refuses what lacks something", () => {
    const whole: unknown = JSON.parse(translate(EVERYTHING).whole);
    expect(openApiFaults("Response", Object.assign({}, whole, { tools: undefined }))).not.toEqual([]);
    expect(openApiFaults("Response", Object.assign({}, whole, { output: [{ type: "message", id: "m" }] }))).not.toEqual(
      [],
    );
    expect(openApiFaults("ResponseStreamEvent", { type: "response.output_text.delta", delta: "x" })).not.toEqual([]);
  });

  it("sequence numbers count up, and every event bears its name", () => {
    const { text } = translate(EVERYTHING);
    const events = eventsOf(text);
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, at) => at));
    expect([...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual(
      events.map((event) => event["type"]),
    );
    const places = events.filter((event) => event["type"] === "response.output_item.added");
    expect(places.map((event) => event["output_index"])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("the AI SDK's client reads tools, reasoning, sources and the end", async () => {
    const events = EVERYTHING.filter((event) => event.type !== "image");
    const { stream } = translate(events);
    const model = createOpenAI({ apiKey: "k", fetch: fetchOf(stream, EVENT_STREAM) }).responses("gpt-5");
    const result = streamText({ model, prompt: "x", maxRetries: 0 });
    expect(await result.text).toContain("hi you");
    expect(await result.reasoningText).toContain("hmm");
    expect((await result.toolCalls).map(({ toolName, input }) => ({ toolName, input }))).toEqual([
      { toolName: "f", input: { x: 1 } },
      { toolName: "g", input: {} },
    ]);
    expect(await result.sources).toMatchObject([{ url: "https://a.example/" }]);
    expect(await result.finishReason).toBe("tool-calls");
  });

  it("the input of a custom tool is plain text again", async () => {
    const tools = [{ type: "custom", name: "patch" }];
    const events: readonly AnswerEvent[] = [
      START,
      { type: "tool-start", choice: 0, index: 0, id: "call_1", name: "patch" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"input":"*** ' },
      { type: "tool-arguments", choice: 0, index: 0, text: 'Begin"}' },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { ...FINISH, reason: "tool-calls" },
    ];
    const { stream, whole } = translate(events, { ...QUESTION, tools });
    const expected = [{ type: "custom_tool_call", call_id: "call_1", name: "patch", input: "*** Begin" }];
    expect((await finalResponse(stream)).output).toMatchObject(expected);
    expect((await wholeResponse(whole)).output).toMatchObject(expected);
  });

  it.each([
    ["length", "incomplete", { reason: "max_output_tokens" }],
    ["content-filter", "incomplete", { reason: "content_filter" }],
    ["refusal", "incomplete", { reason: "content_filter" }],
    ["stop-sequence", "completed", null],
    ["pause", "completed", null],
    ["other", "completed", null],
  ] as const)("an answer that ended by %s is %s", async (reason, status, details) => {
    const events: readonly AnswerEvent[] = [START, { type: "text", choice: 0, text: "x" }, { ...FINISH, reason }];
    const { stream, whole } = translate(events);
    for (const response of [await finalResponse(stream), await wholeResponse(whole)]) {
      expect(response).toMatchObject({ status, incomplete_details: details, output_text: "x" });
    }
  });

  it("a refusal that was said is a whole answer", async () => {
    const { whole } = translate([START, { type: "refusal", choice: 0, text: "no" }, { ...FINISH, reason: "refusal" }]);
    expect(await wholeResponse(whole)).toMatchObject({ status: "completed", incomplete_details: null });
  });

  it("the response repeats what was asked", async () => {
    const { whole } = translate([START, FINISH], {
      ...QUESTION,
      instructions: "Be brief.",
      temperature: 0.5,
      max_output_tokens: 99,
      store: true,
      tool_choice: "required",
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
    });
    expect(await wholeResponse(whole)).toMatchObject({
      instructions: "Be brief.",
      temperature: 0.5,
      max_output_tokens: 99,
      store: false,
      tool_choice: "required",
      tools: [{ type: "function", name: "f", parameters: { type: "object" }, strict: null }],
      parallel_tool_calls: true,
    });
  });

  it("an error inside a stream makes both official clients throw, and is a failed response to Codex", async () => {
    const error = openAiResponsesClient.encodeStreamError(new AppError("upstream_overloaded"), "gen_1");
    const begun = translate([START]).text.split("event: response.completed")[0] ?? "";
    const bytes = new Uint8Array(Buffer.concat([Buffer.from(begun), error]));
    await expect(finalResponse(bytes)).rejects.toBeInstanceOf(APIError);
    const model = createOpenAI({ apiKey: "k", fetch: fetchOf(bytes, EVENT_STREAM) }).responses("gpt-5");
    const errors: unknown[] = [];
    const result = streamText({
      model,
      prompt: "x",
      maxRetries: 0,
      onError: ({ error: seen }) => void errors.push(seen),
    });
    await result.consumeStream();
    expect(errors).not.toHaveLength(0);
    expect(eventsOf(Buffer.from(error).toString()).at(-1)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "server_error" } },
    });
  });

  it("an error before the answer has OpenAI's shape", async () => {
    const body = openAiResponsesClient.encodeError(
      new AppError("model_not_found", { params: { model: "m" } }),
      "gen_1",
    );
    const fetch: typeof globalThis.fetch = async () => new Response(body, { status: 404 });
    const call = new OpenAI({ apiKey: "k", maxRetries: 0, fetch }).responses.create(QUESTION);
    await expect(call).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
});

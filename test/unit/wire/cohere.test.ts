import { describe, expect, it } from "vitest";
import {
  cohereUpstream,
  parseChatRequest,
  type AnswerEvent,
  type Prompt,
  type PromptMessage,
  type PromptPart,
} from "#wire";
import { refusal } from "../../support/wire/refusal.ts";
import { decodeChunks, frameEvents, splitsOf } from "../../support/wire/replay.ts";

const PROMPT = parseChatRequest('{"model":"m","messages":[{"role":"user","content":"hi"}]}').decode();
const TOOL = { name: "f", description: "d", schema: { type: "object" }, strict: null };
const OTHER = { name: "g", description: null, schema: null, strict: null };

const encode = (prompt: Partial<Prompt>, outputTokens: number | null = 5_000) =>
  cohereUpstream.encodeRequest({ ...PROMPT, ...prompt }, { upstreamModel: "command-a", stream: true, outputTokens });
const text = (said: string): PromptPart => ({ type: "text", text: said });
const image: PromptPart = {
  type: "image",
  source: { type: "base64", mediaType: "image/png", data: "AA" },
  detail: null,
};
const call: PromptPart = { type: "tool-call", id: "c", name: "f", arguments: '{"a":1}' };
const thought: PromptPart = { type: "reasoning", text: "hm", signature: null, isRedacted: false };

describe("a request to Cohere's v2 chat", () => {
  it("says a conversation with tools: results are messages of their own, reasoning stays here", () => {
    const result: PromptPart = {
      type: "tool-result",
      callId: "c",
      name: null,
      parts: [{ type: "text", text: "o" }],
      isError: false,
    };
    const messages: PromptMessage[] = [
      { role: "user", parts: [text("a"), image] },
      { role: "assistant", parts: [thought, text("b"), call] },
      { role: "user", parts: [result, text("c")] },
      { role: "assistant", parts: [thought] },
      { role: "system", parts: [text("later")] },
    ];
    expect(
      encode({
        system: [
          { type: "text", text: "s" },
          { type: "text", text: "t" },
        ],
        messages,
        tools: [TOOL],
      }),
    ).toEqual({
      model: "command-a",
      stream: true,
      max_tokens: 5_000,
      messages: [
        { role: "system", content: "s\n\nt" },
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          ],
        },
        {
          role: "assistant",
          content: "b",
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
        },
        { role: "tool", tool_call_id: "c", content: "o" },
        { role: "user", content: [{ type: "text", text: "c" }] },
        { role: "system", content: "later" },
      ],
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } }],
    });
  });

  it("sampling bears Cohere's names", () => {
    const sampling = { ...PROMPT.sampling, temperature: 0, topP: 0.5, topK: 3, seed: 7, stop: ["END"] };
    expect(encode({ sampling })).toMatchObject({ temperature: 0, p: 0.5, k: 3, seed: 7, stop_sequences: ["END"] });
  });

  it.each<[Prompt["toolChoice"], object, readonly string[]]>([
    [{ type: "none" }, { tool_choice: "NONE" }, ["f", "g"]],
    [{ type: "required" }, { tool_choice: "REQUIRED" }, ["f", "g"]],
    [{ type: "tool", name: "g" }, { tool_choice: "REQUIRED" }, ["g"]],
    [{ type: "auto" }, {}, ["f", "g"]],
  ])("a choice %j is %j", (toolChoice, expected, names) => {
    const body = encode({ tools: [TOOL, OTHER], toolChoice });
    expect({ tool_choice: body["tool_choice"] }).toEqual({ tool_choice: undefined, ...expected });
    expect(JSON.stringify(body["tools"]).match(/"name":"(\w)"/g)).toEqual(names.map((name) => `"name":"${name}"`));
    expect(encode({ toolChoice })).not.toHaveProperty("tool_choice");
  });

  it.each<[Prompt["reasoning"], object]>([
    [{ effort: "none", budgetTokens: null, show: null }, { type: "disabled" }],
    [{ effort: null, budgetTokens: -1, show: null }, { type: "enabled" }],
    [
      { effort: null, budgetTokens: 5, show: null },
      { type: "enabled", token_budget: 1_024 },
    ],
    [
      { effort: "medium", budgetTokens: null, show: null },
      { type: "enabled", token_budget: 2_500 },
    ],
  ])("thinking %j is %j", (reasoning, thinking) => {
    expect(encode({ reasoning })["thinking"]).toEqual(thinking);
  });

  it("JSON comes with or without a schema", () => {
    const schema = { type: "object" };
    const outputFormat = { type: "json_schema" as const, name: "n", description: null, schema, strict: null };
    expect(encode({ outputFormat })).toMatchObject({ response_format: { type: "json_object", json_schema: schema } });
    expect(encode({ outputFormat: { type: "json" } })["response_format"]).toEqual({ type: "json_object" });
    expect(encode({ outputFormat: { type: "text" } })).not.toHaveProperty("response_format");
  });

  it("a nucleus of 1 is no cut; what Cohere's ranges do not hold is refused by name", () => {
    const sampled = (sampling: Partial<Prompt["sampling"]>) =>
      encode({ sampling: { ...PROMPT.sampling, ...sampling } });
    expect(sampled({ topP: 1 })).not.toHaveProperty("p");
    expect(sampled({ topP: 0.99, topK: 500, presencePenalty: 1, frequencyPenalty: 0 })).toMatchObject({
      p: 0.99,
      k: 500,
      presence_penalty: 1,
      frequency_penalty: 0,
    });
    const refused = [
      ["top_p", { topP: 0 }],
      ["top_p", { topP: 0.995 }],
      ["top_k", { topK: 501 }],
      ["presence_penalty", { presencePenalty: -0.1 }],
      ["frequency_penalty", { frequencyPenalty: 1.1 }],
    ] as const;
    for (const [param, sampling] of refused)
      expect(refusal(() => sampled(sampling))).toMatchObject({ code: "invalid_parameter", param });
  });

  it("a schema beside tools is refused", () => {
    const outputFormat = { type: "json" as const };
    expect(refusal(() => encode({ tools: [TOOL], outputFormat }))).toMatchObject({ param: "tools" });
    expect(encode({ tools: [TOOL], outputFormat: { type: "text" } })).toHaveProperty("tools");
  });

  it("what says nothing is not sent; instructions alone are asked as the user's own words", () => {
    const system = [{ type: "text" as const, text: "s" }];
    const silent: PromptMessage[] = [
      { role: "user", parts: [text("")] },
      { role: "system", parts: [] },
    ];
    for (const messages of [[], silent]) {
      expect(encode({ system, messages })["messages"]).toEqual([{ role: "user", content: "s" }]);
      expect(refusal(() => encode({ messages })).param).toBe("messages");
    }
  });

  it.each<[string, PromptPart]>([
    [
      "a document",
      { type: "document", source: { type: "url", url: "https://x.example", mediaType: null }, name: null },
    ],
    ["sound", { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AA" } }],
    [
      "a result with a picture",
      {
        type: "tool-result",
        callId: "c",
        name: null,
        parts: [{ type: "image", source: { type: "base64", mediaType: "image/png", data: "AA" }, detail: null }],
        isError: false,
      },
    ],
  ])("refuses %s by name", (_, part) => {
    expect(refusal(() => encode({ messages: [{ role: "user", parts: [part] }] }))).toMatchObject({
      code: "invalid_parameter",
      param: "messages",
    });
  });
});

const message = (type: string, index: number, said: object) =>
  JSON.stringify({ type, index, delta: { message: said } });
const end = (finish_reason: string, usage: object | null = { tokens: { input_tokens: 0, output_tokens: 0 } }) =>
  JSON.stringify({ type: "message-end", delta: { finish_reason, usage } });
const run = (...events: readonly string[]) => decodeChunks(cohereUpstream, [frameEvents(events, "named")]);

describe("an answer of Cohere's v2 chat", () => {
  const citation = {
    start: 0,
    end: 2,
    text: "42",
    sources: [{ type: "document", id: "d1", document: { title: "t", url: "https://x.example" } }],
  };
  const EVENTS = [
    JSON.stringify({ type: "message-start", id: "m1", delta: {} }),
    message("tool-plan-delta", 0, { tool_plan: "I will " }),
    message("tool-plan-delta", 0, { tool_plan: "look ✓" }),
    message("tool-call-start", 4, {
      tool_calls: { id: "t", type: "function", function: { name: "f", arguments: "" } },
    }),
    message("tool-call-delta", 4, { tool_calls: { function: { arguments: '{"a":1}' } } }),
    JSON.stringify({ type: "tool-call-end", index: 4 }),
    message("tool-call-start", 5, { tool_calls: { function: { name: "g", arguments: "{}" } } }),
    JSON.stringify({ type: "tool-call-end", index: 5 }),
    message("content-start", 0, { content: { type: "text", text: "" } }),
    message("content-delta", 0, { content: { text: "42" } }),
    message("citation-start", 0, { citations: citation }),
    JSON.stringify({ type: "new-event", index: "x" }),
    end("TOOL_CALL"),
  ];

  it("G16: reads a plan, calls, text and sources, cut at every byte; G13: zeros are usage", () => {
    const expected: AnswerEvent[] = [
      { type: "start", id: "m1", model: null },
      { type: "reasoning", choice: 0, text: "I will " },
      { type: "reasoning", choice: 0, text: "look ✓" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
      { type: "tool-start", choice: 0, index: 0, id: "t", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"a":1}' },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { type: "tool-start", choice: 0, index: 1, id: "call_1", name: "g" },
      { type: "tool-arguments", choice: 0, index: 1, text: "{}" },
      { type: "tool-end", choice: 0, index: 1, signature: null },
      { type: "text", choice: 0, text: "42" },
      {
        type: "citation",
        choice: 0,
        citation: { url: "https://x.example", title: "t", citedText: "42", start: 0, end: 2 },
      },
      { type: "usage", usage: { tokens: { input_tokens: 0, output_tokens: 0 } } },
      { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
    ];
    for (const chunks of splitsOf(frameEvents(EVENTS, "named"))) {
      const { events, summary } = decodeChunks(cohereUpstream, chunks);
      expect(events).toEqual(expected);
      expect(summary).toMatchObject({ end: "complete", usage: { tokens: { input_tokens: 0 } } });
    }
  });

  it("says the same when it comes whole", () => {
    const { end: ended, events } = cohereUpstream.decodeResponse(
      JSON.stringify({
        id: "m1",
        finish_reason: "TOOL_CALL",
        message: {
          tool_plan: "I will look ✓",
          tool_calls: [{ id: "t", function: { name: "f", arguments: '{"a":1}' } }],
          content: [{ type: "text", text: "42" }],
          citations: [citation],
        },
        usage: {},
      }),
    );
    expect(ended).toBe("complete");
    expect(events.map(({ type }) => type).toSorted()).toEqual(
      [
        "citation",
        "finish",
        "reasoning",
        "reasoning-end",
        "start",
        "text",
        "tool-arguments",
        "tool-end",
        "tool-start",
        "usage",
      ].toSorted(),
    );
  });

  it.each([
    ["COMPLETE", "stop"],
    ["STOP_SEQUENCE", "stop-sequence"],
    ["MAX_TOKENS", "length"],
    ["NEW", "other"],
  ])("%s is %s", (reason, expected) => {
    expect(run(end(reason)).summary).toMatchObject({ end: "complete", finishReasons: [expected] });
  });

  it.each(["ERROR", "TIMEOUT"])("%s is a failure, streamed and whole", (reason) => {
    const { summary } = run(message("content-delta", 0, { content: { text: "a" } }), end(reason));
    expect(summary).toMatchObject({
      end: "interrupted",
      error: { code: null, type: null },
      delivered: { textBytes: 1 },
    });
    const whole = cohereUpstream.decodeResponse(JSON.stringify({ message: {}, finish_reason: reason }));
    expect(whole).toMatchObject({ end: "interrupted", events: [{ type: "error" }] });
  });

  it("breaks off without its end; is garbage where nothing was Cohere's", () => {
    expect(run(message("content-delta", 0, { content: { text: "a" } })).summary.end).toBe("interrupted");
    expect(decodeChunks(cohereUpstream, [frameEvents(["[1]", '{"id":"chatcmpl"}'], "data")]).summary.end).toBe(
      "garbage",
    );
    expect(cohereUpstream.decodeResponse('{"id":"x"}').end).toBe("garbage");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import {
  isPublicHttpsUrl,
  checkParameters,
  openAiResponsesClient,
  openAiResponsesUpstream,
  responsesOverrides,
  type EncodeRequestOptions,
  type Prompt,
  type PromptMessage,
  type PromptPart,
} from "#wire";
import { NO_SAMPLING } from "../../../src/wire/prompt.ts";

const HINTS = { model: null, stream: null };
const HELLO: PromptMessage = { role: "user", parts: [{ type: "text", text: "hello" }] };
const PROMPT: Prompt = {
  system: [],
  messages: [HELLO],
  tools: [],
  toolChoice: null,
  parallelToolCalls: null,
  outputFormat: null,
  reasoning: null,
  sampling: NO_SAMPLING,
  user: null,
  metadata: null,
  verbosity: null,
};
const REASONS = "gpt-5.2";
const PLAIN = "gpt-4o";

const parse = (body: object) =>
  openAiResponsesClient.parseRequest(JSON.stringify({ model: "m", input: "hello", ...body }), HINTS);
const decode = (body: object): Prompt => parse(body).decode();
const messagesOf = (...input: readonly object[]): readonly PromptMessage[] => decode({ input }).messages;
const encode = (prompt: Partial<Prompt>, upstreamModel = REASONS, options: Partial<EncodeRequestOptions> = {}) =>
  openAiResponsesUpstream.encodeRequest(
    { ...PROMPT, ...prompt },
    { upstreamModel, stream: false, outputTokens: 100, ...options },
  );

function refusalOf(body: object): AppError {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the request was decoded");
}

/** Without the members that say nothing. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner === null ? undefined : inner)));

const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const text = fc.string({ minLength: 1, maxLength: 20 });
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });
const record = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 3 });
const textPart = fc.record({ type: fc.constant("text" as const), text });
const pictureSource = fc.record({
  type: fc.constant("base64" as const),
  mediaType: fc.constant("image/png"),
  data: base64,
});
const address = fc.record({
  type: fc.constant("url" as const),
  url: fc.webUrl({ validSchemes: ["https"] }).filter(isPublicHttpsUrl),
  mediaType: fc.constant(null),
});
const imagePart = fc.record({
  type: fc.constant("image" as const),
  source: fc.oneof(pictureSource, address),
  detail: fc.constantFrom("low" as const, "high" as const, "auto" as const),
});
const documentPart = fc.oneof(
  fc.record({
    type: fc.constant("document" as const),
    source: fc.record({
      type: fc.constant("base64" as const),
      mediaType: fc.constantFrom("application/pdf", "text/plain"),
      data: base64,
    }),
    name,
  }),
  fc.record({ type: fc.constant("document" as const), source: address, name: fc.constant(null) }),
);
const signature = fc.record({
  format: fc.constant("openai-responses" as const),
  value: fc.oneof(
    base64,
    base64.map((value) => `rs_1a.${value}`),
  ),
});
const reasoningPart = fc
  .tuple(fc.string({ maxLength: 12 }), signature)
  .map(([said, signed]) => ({ type: "reasoning" as const, text: said, signature: signed, isRedacted: said === "" }));
const callPart = fc.record({
  type: fc.constant("tool-call" as const),
  id: name,
  name,
  arguments: record.map((value) => JSON.stringify(value)),
});
const resultPart = fc.record({
  type: fc.constant("tool-result" as const),
  callId: name,
  name: fc.constant(null),
  parts: fc.oneof(
    fc.tuple(textPart),
    fc.tuple(textPart, imagePart),
    fc.tuple(documentPart),
    fc.tuple(textPart, textPart),
  ),
  isError: fc.constant(false),
});
const refusalPart = fc.record({ type: fc.constant("refusal" as const), text });
const user = fc.record({
  role: fc.constant("user" as const),
  parts: fc.array(fc.oneof(textPart, imagePart, documentPart), { minLength: 1, maxLength: 3 }),
});
const assistant = fc.record({
  role: fc.constant("assistant" as const),
  parts: fc.array(fc.oneof(reasoningPart, textPart, refusalPart, callPart), { minLength: 1, maxLength: 4 }),
});
const later = fc.record({ role: fc.constant("system" as const), parts: fc.tuple(textPart) });
const results = fc.record({
  role: fc.constant("user" as const),
  parts: fc.array(resultPart, { minLength: 1, maxLength: 3 }),
});
const conversation = fc
  .tuple(user, fc.array(fc.tuple(assistant, fc.oneof(user, results, later)), { maxLength: 3 }))
  .map(([first, turns]): readonly PromptMessage[] => turns.flat<PromptMessage[][]>().toSpliced(0, 0, first));
const nullable = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const prompts: fc.Arbitrary<Prompt> = fc.record({
  system: fc.array(textPart, { maxLength: 1 }),
  messages: conversation,
  tools: fc.array(fc.record({ name, description: nullable(text), schema: record, strict: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  }),
  toolChoice: nullable(
    fc.oneof(
      fc.record({ type: fc.constantFrom("auto" as const, "none" as const, "required" as const) }),
      fc.record({ type: fc.constant("tool" as const), name }),
    ),
  ),
  parallelToolCalls: nullable(fc.boolean()),
  outputFormat: nullable(
    fc.oneof(
      fc.record({ type: fc.constant("json" as const) }),
      fc.record({
        type: fc.constant("json_schema" as const),
        name,
        description: nullable(text),
        schema: record,
        strict: nullable(fc.boolean()),
      }),
    ),
  ),
  reasoning: fc.record({
    effort: fc.constant("none" as const),
    budgetTokens: fc.constant(null),
    show: fc.constant(null),
  }),
  sampling: fc
    .record({
      temperature: nullable(fc.constantFrom(0, 0.5, 2)),
      topP: nullable(fc.constant(0.5)),
      topLogprobs: nullable(fc.integer({ min: 1, max: 20 })),
    })
    .map((sampling) => Object.assign({}, NO_SAMPLING, { logprobs: true }, sampling)),
  user: nullable(text),
  metadata: fc.constant(null),
  verbosity: nullable(fc.constantFrom("low" as const, "medium" as const, "high" as const)),
});

describe("a prompt as a Responses request", () => {
  it("comes back as it was: nothing of its meaning is lost on the way", () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const body = encode(prompt, REASONS, { stream: true });
        const request = openAiResponsesClient.parseRequest(JSON.stringify(body), HINTS);
        expect(plain(request.decode())).toEqual(plain(prompt));
        expect(request).toMatchObject({ stream: true, outputMaximum: 100, extras: [] });
      }),
    );
  });

  it("keeps nothing with OpenAI, and asks models that reason for what they would have kept there", () => {
    expect(encode({}, REASONS)).toMatchObject({ store: false, include: ["reasoning.encrypted_content"] });
    expect(encode({}, PLAIN)).toMatchObject({ store: false });
    expect(encode({}, PLAIN)).not.toHaveProperty("include");
  });

  it("sends back only OpenAI's own reasoning, with the id that it is tied to", () => {
    const part = (format: "openai-responses" | "gemini", value: string): PromptPart => ({
      type: "reasoning",
      text: "hm",
      signature: { format, value },
      isRedacted: false,
    });
    const unsigned: PromptPart = { type: "reasoning", text: "hm", signature: null, isRedacted: false };
    const parts = [
      part("openai-responses", "rs_1.gAAA"),
      part("openai-responses", "gBBB"),
      part("gemini", "x"),
      unsigned,
    ];
    expect(encode({ messages: [{ role: "assistant", parts }] })["input"]).toEqual([
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "gAAA" },
      { type: "reasoning", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "gBBB" },
    ]);
  });

  it.each([
    ["gpt-5", "none", "minimal"],
    ["gpt-5-mini-2025-08-07", "xhigh", "high"],
    ["gpt-5.1", "minimal", "low"],
    ["gpt-5.2", "none", "none"],
    ["gpt-5.2", "xhigh", "xhigh"],
    ["gpt-5.1-codex", "none", "low"],
    ["gpt-5.1-codex-max", "xhigh", "xhigh"],
    ["gpt-5-pro", "low", "high"],
    ["o4-mini", "minimal", "low"],
    ["gpt-6-sol", "none", "low"],
  ] as const)("%s is asked for the effort nearest to %s: %s", (model, effort, expected) => {
    expect(encode({ reasoning: { effort, budgetTokens: null, show: null } }, model)["reasoning"]).toEqual({
      effort: expected,
    });
  });

  it("a budget is an effort here, and reasoning to be shown is a summary", () => {
    const reasoning = { effort: null, budgetTokens: 10_000, show: true };
    expect(encode({ reasoning })["reasoning"]).toEqual({ effort: "medium", summary: "auto" });
    expect(encode({ reasoning }, PLAIN)).not.toHaveProperty("reasoning");
    expect(encode({ reasoning }, "gpt-5-chat-latest")).not.toHaveProperty("reasoning");
  });

  it("sampling goes only where it is allowed, and the overrides report what does not", () => {
    const sampling = { ...NO_SAMPLING, temperature: 0.5, topP: 0.9 };
    const off = { effort: "none", budgetTokens: null, show: null } as const;
    expect(encode({ sampling }, PLAIN)).toMatchObject({ temperature: 0.5, top_p: 0.9 });
    expect(encode({ sampling }, REASONS)).not.toHaveProperty("temperature");
    expect(encode({ sampling, reasoning: off }, REASONS)).toHaveProperty("temperature", 0.5);
    const request = parse({ temperature: 0.5, reasoning: { effort: "low" } });
    expect(checkParameters({}, request, responsesOverrides(request, REASONS))).toEqual(["temperature"]);
    expect(checkParameters({}, request, responsesOverrides(request, PLAIN))).toEqual(["reasoning"]);
    const quiet = parse({ temperature: 0.5, reasoning: { effort: "none" } });
    expect(checkParameters({}, quiet, responsesOverrides(quiet, REASONS))).toEqual([]);
    expect(checkParameters({}, quiet, responsesOverrides(quiet, "gpt-5"))).toEqual(["temperature"]);
  });

  it("the maximum is what was granted, and none is none", () => {
    expect(encode({}, REASONS, { outputTokens: 3 })["max_output_tokens"]).toBe(3);
    expect(encode({}, REASONS, { outputTokens: null })).not.toHaveProperty("max_output_tokens");
  });

  it("audio is refused; a picture that the model made is an item of its own", () => {
    const source = { type: "base64", mediaType: "image/png", data: "AAAA" } as const;
    expect(() => encode({ messages: [{ role: "user", parts: [{ type: "audio", source }] }] })).toThrow(AppError);
    const made: PromptMessage = { role: "assistant", parts: [{ type: "image", source, detail: null }] };
    const body = encode({ messages: [made] });
    expect(body["input"]).toMatchObject([{ type: "image_generation_call", result: "AAAA" }]);
    expect(decode({ input: body["input"] }).messages).toEqual([made]);
  });
});

describe("a Responses request as a prompt", () => {
  it("instructions and what stands before the conversation are the system; later ones are messages", () => {
    const prompt = decode({
      instructions: "Be brief.",
      input: [
        { role: "developer", content: "Be kind." },
        { role: "user", content: [{ type: "input_text", text: "hi" }] },
        { role: "system", content: "Be loud." },
      ],
    });
    expect(prompt.system.map(({ text: said }) => said)).toEqual(["Be brief.", "Be kind."]);
    expect(prompt.messages.map(({ role }) => role)).toEqual(["user", "system"]);
  });

  it("the items of one turn are one message, and a call's foreign signature is the call's again", () => {
    expect(
      messagesOf(
        { role: "user", content: "hi" },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "gAAA" },
        { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "prismatic.anthropic-messages.sig" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { type: "message", role: "assistant", id: "msg_1", content: [{ type: "output_text", text: "ok" }] },
        { type: "function_call", call_id: "c1", name: "f", arguments: "" },
        { type: "reasoning", id: "rs_3", summary: [], encrypted_content: "prismatic.gemini.sig" },
        { type: "custom_tool_call", call_id: "c2", name: "g", input: "raw" },
        { type: "function_call_output", call_id: "c1", output: "42" },
        { type: "custom_tool_call_output", call_id: "c2", output: [{ type: "input_text", text: "43" }] },
        { role: "user", content: "so?" },
      ),
    ).toEqual([
      { role: "user", parts: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        parts: [
          {
            type: "reasoning",
            text: "hm",
            signature: { format: "openai-responses", value: "rs_1.gAAA" },
            isRedacted: false,
          },
          { type: "reasoning", text: "", signature: { format: "anthropic-messages", value: "sig" }, isRedacted: true },
          { type: "text", text: "ok" },
          { type: "tool-call", id: "c1", name: "f", arguments: "{}", signature: { format: "gemini", value: "sig" } },
          { type: "tool-call", id: "c2", name: "g", arguments: '{"input":"raw"}' },
        ],
      },
      {
        role: "user",
        parts: [
          { type: "tool-result", callId: "c1", name: null, parts: [{ type: "text", text: "42" }], isError: false },
          { type: "tool-result", callId: "c2", name: null, parts: [{ type: "text", text: "43" }], isError: false },
        ],
      },
      { role: "user", parts: [{ type: "text", text: "so?" }] },
    ]);
  });

  it("a custom tool is a function of one text, and a shorter list of tools is a list", () => {
    const tools = [
      { type: "function", name: "f" },
      { type: "function", name: "g" },
      { type: "custom", name: "h" },
    ];
    expect(decode({ tools }).tools[2]).toMatchObject({ name: "h", schema: { required: ["input"] } });
    const choice = { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "g" }] };
    const prompt = decode({ tools, tool_choice: choice });
    expect(prompt.tools.map((tool) => tool.name)).toEqual(["g"]);
    expect(prompt.toolChoice).toEqual({ type: "required" });
  });

  it.each([
    ["input[0].type", { input: [{ type: "computer_call", id: "x" }] }],
    ["input[0].arguments", { input: [{ type: "function_call", call_id: "c", name: "f", arguments: "{" }] }],
    ["input[0].call_id", { input: [{ type: "function_call_output", output: "x" }] }],
    ["input[0].content[0].type", { input: [{ role: "user", content: [{ type: "hologram" }] }] }],
    ["input[0].role", { input: [{ role: "tool", content: "x" }] }],
    ["tools[0].format", { tools: [{ type: "custom", name: "p", format: { type: "grammar", syntax: "lark" } }] }],
    ["tools[0].type", { tools: [{ type: "local_shell" }] }],
    ["tool_choice", { tool_choice: { type: "file_search" } }],
    ["text.format", { text: { format: { type: "json_schema", name: "x" } } }],
    ["reasoning.effort", { reasoning: { effort: "enormous" } }],
  ])("%s is named where it cannot be said", (param, body) => {
    expect(refusalOf(body)).toMatchObject({ code: "invalid_parameter", param });
  });
});

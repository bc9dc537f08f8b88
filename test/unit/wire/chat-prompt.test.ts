import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import {
  isPublicHttpsUrl,
  encodeChatRequest,
  openAiChatUpstream,
  parseChatRequest,
  type EncodeRequestOptions,
  type Prompt,
  type PromptMessage,
  type PromptPart,
} from "#wire";

const OPTIONS: EncodeRequestOptions = { upstreamModel: "m", stream: false, outputTokens: 100 };
const HELLO = [{ role: "user", content: "hello" }];

const decode = (body: object): Prompt =>
  parseChatRequest(JSON.stringify({ model: "m", messages: HELLO, ...body })).decode();
const messagesOf = (...messages: readonly object[]): readonly PromptMessage[] => decode({ messages }).messages;

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
  JSON.parse(
    JSON.stringify(value, (name, inner: unknown) =>
      (name === "cache" || name === "signature" || name === "name" || name === "detail") && inner === null
        ? undefined
        : inner,
    ),
  );

const name = fc.stringMatching(/^[a-z_]{1,12}$/);
const text = fc.string({ minLength: 1, maxLength: 20 });
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });
const record = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 3 });
const textPart = fc.record({ type: fc.constant("text" as const), text });
const imagePart = fc.record({
  type: fc.constant("image" as const),
  source: fc.oneof(
    fc.record({ type: fc.constant("base64" as const), mediaType: fc.constant("image/png"), data: base64 }),
    fc.record({
      type: fc.constant("url" as const),
      url: fc.webUrl({ validSchemes: ["https"] }).filter(isPublicHttpsUrl),
      mediaType: fc.constant(null),
    }),
  ),
  detail: fc.constantFrom("low" as const, "high" as const, "auto" as const, null),
});
const audioPart = fc.record({
  type: fc.constant("audio" as const),
  source: fc.record({ type: fc.constant("base64" as const), mediaType: fc.constant("audio/wav"), data: base64 }),
});
const documentPart = fc.record({
  type: fc.constant("document" as const),
  source: fc.record({ type: fc.constant("base64" as const), mediaType: fc.constant("application/pdf"), data: base64 }),
  name: fc.constant("a.pdf"),
});
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
  parts: fc.tuple(textPart),
  isError: fc.constant(false),
});
const message: fc.Arbitrary<PromptMessage> = fc.oneof(
  fc.record({
    role: fc.constant("user" as const),
    parts: fc.array(fc.oneof(textPart, imagePart, audioPart, documentPart), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    role: fc.constant("assistant" as const),
    parts: fc
      .tuple(fc.option(textPart), fc.array(callPart, { minLength: 1, maxLength: 3 }))
      .map(([said, calls]): readonly PromptPart[] => [said ?? [], calls].flat()),
  }),
);
const conversation = fc
  .tuple(message, fc.array(message, { maxLength: 3 }), fc.array(resultPart, { minLength: 1, maxLength: 3 }))
  .map(([first, more, results]): readonly PromptMessage[] =>
    [[first], more, [{ role: "user" as const, parts: results }]].flat(),
  );
const nullable = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const prompts: fc.Arbitrary<Prompt> = fc.record({
  system: fc.array(textPart, { maxLength: 1 }),
  messages: conversation,
  tools: fc.array(
    fc.record({ name, description: nullable(text), schema: nullable(record), strict: nullable(fc.boolean()) }),
    { minLength: 1, maxLength: 3 },
  ),
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
  reasoning: nullable(
    fc.record({
      effort: fc.constantFrom("none" as const, "minimal" as const, "low" as const, "high" as const, "xhigh" as const),
      budgetTokens: fc.constant(null),
      show: fc.constant(null),
    }),
  ),
  sampling: fc.record({
    temperature: nullable(fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0)),
    topP: nullable(fc.constant(0.5)),
    topK: nullable(fc.nat(100)),
    presencePenalty: nullable(fc.constant(-0.5)),
    frequencyPenalty: nullable(fc.constant(1.5)),
    seed: nullable(fc.nat()),
    stop: fc.array(text, { maxLength: 3 }),
    logprobs: fc.constant(true),
    topLogprobs: nullable(fc.nat(20)),
    choices: fc.integer({ min: 1, max: 8 }),
  }),
  user: nullable(text),
  metadata: fc.constant(null),
  verbosity: nullable(fc.constantFrom("low" as const, "medium" as const, "high" as const)),
});

describe("a chat request in no format in particular", () => {
  it("says the same after it was encoded and decoded", () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const encoded = openAiChatUpstream.encodeRequest(prompt, OPTIONS);
        expect(plain(parseChatRequest(JSON.stringify(encoded)).decode())).toEqual(plain(prompt));
      }),
    );
  });

  it("stands before the conversation with all its instructions, and later ones stay where they are", () => {
    const prompt = decode({
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "system",
          content: [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral", ttl: "1h" } }],
        },
        ...HELLO,
        { role: "system", content: "Now in French." },
      ],
    });
    expect(prompt.system).toMatchObject([{ text: "Be brief." }, { text: "Be kind.", cache: { ttl: "1h" } }]);
    expect(prompt.messages.map(({ role }) => role)).toEqual(["user", "system"]);
    const { messages } = openAiChatUpstream.encodeRequest(prompt, OPTIONS);
    expect(messages).toMatchObject([{ role: "system", content: "Be brief.\n\nBe kind." }, {}, { role: "system" }]);
  });

  it("joins tool results that follow each other, and says a failed one and its pictures in words that follow", () => {
    const [, results] = messagesOf(
      { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: [{ type: "text", text: "2" }] },
    );
    expect(results?.parts).toMatchObject([{ callId: "a" }, { callId: "b", parts: [{ text: "2" }] }]);
    const image = {
      type: "image",
      source: { type: "base64", mediaType: "image/png", data: "AAAA" },
      detail: null,
    } as const;
    const parts: readonly PromptPart[] = [
      { type: "text", text: "go on" },
      { type: "tool-result", callId: "a", name: null, parts: [{ type: "text", text: "no" }, image], isError: true },
    ];
    const prompt = { ...decode({}), messages: [{ role: "user" as const, parts }] };
    expect(openAiChatUpstream.encodeRequest(prompt, OPTIONS)["messages"]).toEqual([
      { role: "tool", tool_call_id: "a", content: "Error: no" },
      {
        role: "user",
        content: [
          { type: "text", text: "Attached to the result of a:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "text", text: "go on" },
        ],
      },
    ]);
  });

  it("reads the deprecated functions as tools", () => {
    const prompt = decode({
      functions: [{ name: "f", parameters: { type: "object" } }],
      function_call: { name: "f" },
      messages: [
        ...HELLO,
        { role: "assistant", content: null, function_call: { name: "f", arguments: '{"a":1}' } },
        { role: "function", name: "f", content: "42" },
      ],
    });
    expect(prompt).toMatchObject({ tools: [{ name: "f" }], toolChoice: { type: "tool", name: "f" } });
    const [call] = prompt.messages[1]?.parts ?? [];
    const [result] = prompt.messages[2]?.parts ?? [];
    expect(call).toMatchObject({ type: "tool-call", name: "f", arguments: '{"a":1}' });
    expect(result).toMatchObject({
      type: "tool-result",
      name: "f",
      callId: call?.type === "tool-call" ? call.id : null,
    });
  });

  it.each([
    [{ reasoning_effort: "high" }, { effort: "high", budgetTokens: null, show: null }],
    [{ reasoning: { effort: "low", exclude: true } }, { effort: "low", budgetTokens: null, show: false }],
    [{ reasoning: { max_tokens: 5000 } }, { effort: null, budgetTokens: 5000, show: null }],
    [{ reasoning: { enabled: true } }, { effort: "medium", budgetTokens: null, show: null }],
    [{ reasoning: { enabled: false, max_tokens: 9 } }, { effort: "none", budgetTokens: null, show: null }],
    [{}, null],
  ])("reads %j, OpenAI's and OpenRouter's ways of asking for reasoning", (body, expected) => {
    expect(decode(body).reasoning).toEqual(expected);
  });

  it("reads pictures, sound and files with their cache markers", () => {
    const cache_control = { type: "ephemeral" };
    const content = [
      { type: "image_url", image_url: { url: "data:image/webp;base64,AAAA", detail: "low" }, cache_control },
      { type: "image_url", image_url: "https://x.example.com/a.png" },
      { type: "input_audio", input_audio: { data: "BBBB", format: "mp3" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,CCCC" } },
      { type: "file", file: { file_data: "DDDD" } },
      { type: "file", file: { file_data: "https://x.example.com/b.pdf" } },
    ];
    expect(messagesOf({ role: "user", content })[0]?.parts).toMatchObject([
      { type: "image", source: { mediaType: "image/webp", data: "AAAA" }, detail: "low", cache: { ttl: "5m" } },
      { type: "image", source: { url: "https://x.example.com/a.png" } },
      { type: "audio", source: { mediaType: "audio/mp3", data: "BBBB" } },
      { type: "document", source: { mediaType: "application/pdf", data: "CCCC" }, name: "a.pdf" },
      { type: "document", source: { mediaType: "application/pdf", data: "DDDD" } },
      { type: "document", source: { type: "url" } },
    ]);
  });

  it.each([
    ["messages[0].tool_calls[0].function.arguments", { messages: [assistantWith({ name: "f", arguments: "[1]" })] }],
    ["messages[0].tool_calls[0].function.arguments", { messages: [assistantWith({ name: "f", arguments: "{" })] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{ type: "video_url" }] }] }],
    [
      "messages[0].content[0].file.file_data",
      { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] },
    ],
    ["messages[0].content", { messages: [{ role: "system", content: [{ type: "image_url", image_url: "x" }] }] }],
    [
      "messages[0].content[0].image_url.url",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: "data:text/plain,x" }] }] },
    ],
    ["tools[0].type", { tools: [{ type: "custom", custom: { name: "c" } }] }],
    ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
    ["tool_choice", { tool_choice: { type: "allowed_tools", allowed_tools: {} } }],
    ["response_format.type", { response_format: { type: "grammar" } }],
    ["response_format.json_schema.schema", { response_format: { type: "json_schema" } }],
    ["reasoning_effort", { reasoning_effort: "extreme" }],
    ["verbosity", { verbosity: "loud" }],
    ["metadata", { metadata: { a: 1 } }],
  ])("refuses what no other format has, naming %s", (param, body) => {
    expect(refusalOf(body)).toMatchObject({ code: "invalid_parameter", param });
  });

  it("sends reasoning back only to those who want it, and a signature only to its maker", () => {
    const own = JSON.stringify({ type: "reasoning.text", index: 0, id: "r", signature: "sig" });
    const parts: readonly PromptPart[] = [
      { type: "reasoning", text: "hm", signature: { format: "openai-chat", value: own }, isRedacted: false },
      { type: "reasoning", text: "!", signature: { format: "gemini", value: "g" }, isRedacted: false },
      { type: "tool-call", id: "a", name: "f", arguments: "{}", signature: { format: "gemini", value: "g" } },
    ];
    const prompt = { ...decode({}), messages: [{ role: "assistant" as const, parts }] };
    expect(JSON.stringify(openAiChatUpstream.encodeRequest(prompt, OPTIONS))).not.toMatch(/reasoning|signature/);
    const dialect = { outputMaximumParam: "max_tokens", asksForUsage: true, takesReasoning: true } as const;
    const { messages } = encodeChatRequest(prompt, OPTIONS, dialect);
    expect(messages).toMatchObject([
      {
        reasoning_content: "hm!",
        reasoning_details: [{ type: "reasoning.text", text: "hm", id: "r", signature: "sig", index: 0 }],
      },
    ]);
    expect(JSON.stringify(messages)).not.toContain('"g"');
    expect(Array.isArray(messages) && messagesOf(...messages)[0]?.parts[0]).toMatchObject({
      text: "hm",
      isRedacted: false,
    });
  });
});

describe("any chat request", () => {
  it("is decoded or refused in our own words, never thrown at", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const part = fc.record(
      {
        type: fc.constantFrom("text", "image_url", "input_audio", "file", "thinking", "refusal", "x"),
        text: value,
        image_url: value,
        input_audio: value,
        file: value,
        thinking: value,
        cache_control: value,
      },
      { requiredKeys: ["type"] },
    );
    const anyMessage = fc.record(
      {
        role: fc.constantFrom("system", "user", "assistant", "tool", "function"),
        content: fc.oneof(fc.string(), fc.array(part), value),
        tool_calls: fc.oneof(fc.array(fc.record({ id: value, function: value, extra_content: value })), value),
        tool_call_id: fc.oneof(fc.string(), value),
        function_call: value,
        reasoning_details: fc.oneof(fc.array(fc.record({ type: value, signature: value, index: value })), value),
        images: fc.oneof(fc.array(part), value),
        refusal: value,
      },
      { requiredKeys: ["role"] },
    );
    const members = [
      "tools",
      "functions",
      "tool_choice",
      "function_call",
      "response_format",
      "stop",
      "metadata",
      "reasoning",
      "verbosity",
      "n",
    ];
    const more = fc.dictionary(
      fc.constantFrom(...members),
      fc.oneof(value, fc.array(fc.record({ type: fc.constant("function"), function: value }))),
    );
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 3 }), more, (messages, body) => {
        try {
          const prompt = decode({ ...body, messages });
          expect(prompt.system.length + prompt.messages.length).toBeLessThanOrEqual(100);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(error).toMatchObject({ code: expect.stringMatching(/^(invalid|unsupported)_parameter$/) });
        }
      }),
      { numRuns: 500 },
    );
  });
});

function assistantWith(called: object): object {
  return { role: "assistant", tool_calls: [{ id: "a", type: "function", function: called }] };
}

describe("what a chat request uses", () => {
  const usesOf = (body: object): Record<string, string> =>
    Object.fromEntries(parseChatRequest(JSON.stringify({ model: "m", messages: HELLO, ...body })).uses);

  it("is named as the caller spelt it", () => {
    expect(
      usesOf({
        functions: [{ name: "f" }],
        reasoning: { effort: "low" },
        top_logprobs: 2,
        response_format: { type: "json_schema", json_schema: {} },
        n: 2,
        stop: ["x"],
        seed: 0,
        modalities: ["text", "image"],
        tools: [{ type: "function", function: { name: "g" }, cache_control: { type: "ephemeral" } }],
      }),
    ).toEqual({
      tools: "tools",
      reasoning: "reasoning",
      logprobs: "top_logprobs",
      structured_output: "response_format",
      n: "n",
      stop: "stop",
      seed: "seed",
      image_output: "modalities",
      prompt_cache: "cache_control",
    });
  });

  it("is nothing where a member asks for what happens anyway", () => {
    expect(
      usesOf({
        n: 1,
        logprobs: false,
        parallel_tool_calls: true,
        tool_choice: "auto",
        presence_penalty: 0,
        temperature: null,
        tools: [],
        response_format: { type: "text" },
        service_tier: "auto",
      }),
    ).toEqual({});
  });

  it("counts pictures of an earlier answer as pictures, not as text", () => {
    const images = [{ type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(10_000)}` } }];
    const { input } = parseChatRequest(
      JSON.stringify({ model: "m", messages: [...HELLO, { role: "assistant", content: "", images }] }),
    );
    expect(input.images).toBe(1);
    expect(input.textBytes).toBeLessThan(100);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import {
  isPublicHttpsUrl,
  anthropicClient,
  anthropicOverrides,
  anthropicUpstream,
  withoutForeignReasoning,
  type Prompt,
  type PromptMessage,
  type PromptPart,
  type TextPart,
} from "#wire";

const HINTS = { model: null, stream: null };
const NO_SAMPLING: Prompt["sampling"] = {
  temperature: null,
  topP: null,
  topK: null,
  presencePenalty: null,
  frequencyPenalty: null,
  seed: null,
  stop: [],
  logprobs: false,
  topLogprobs: null,
  choices: 1,
};
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
const CURRENT = "claude-opus-5";
const BUDGETED = "claude-sonnet-4-5-20250929";

const encode = (prompt: Partial<Prompt>, upstreamModel = CURRENT, outputTokens: number | null = 4_096) =>
  anthropicUpstream.encodeRequest({ ...PROMPT, ...prompt }, { upstreamModel, stream: false, outputTokens });
const decode = (body: object): Prompt =>
  anthropicClient
    .parseRequest(
      JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "x" }], ...body }),
      HINTS,
    )
    .decode();
const decodeBlocks = (role: string, ...content: readonly object[]) =>
  decode({ messages: [{ role, content }] }).messages[0]?.parts;

function refusal(read: () => unknown): AppError {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const word = fc
  .string({ minLength: 1, unit: "grapheme" })
  .filter((text) => text.trim() !== "" && text === text.trimEnd());
const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const cache = fc.constantFrom(null, { ttl: "5m" } as const, { ttl: "1h" } as const);
const text = fc.record({ type: fc.constant("text" as const), text: word, cache });
const base64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const source = fc.oneof(
  fc.record({ type: fc.constant("base64" as const), mediaType: fc.constant("image/png"), data: base64 }),
  fc.record({
    type: fc.constant("url" as const),
    url: fc.webUrl({ validSchemes: ["https"] }).filter(isPublicHttpsUrl),
    mediaType: fc.constant(null),
  }),
);
const image = fc.record({ type: fc.constant("image" as const), source, detail: fc.constant(null), cache });
const document = fc.record({
  type: fc.constant("document" as const),
  source: fc.oneof(
    fc.record({ type: fc.constant("base64" as const), mediaType: fc.constant("application/pdf"), data: base64 }),
    word.map((value) => ({
      type: "base64" as const,
      mediaType: "text/plain",
      data: Buffer.from(value).toString("base64"),
    })),
    fc.record({
      type: fc.constant("url" as const),
      url: fc.webUrl({ validSchemes: ["https"] }).filter(isPublicHttpsUrl),
      mediaType: fc.constant(null),
    }),
  ),
  name: fc.option(word),
  cache,
});
const result = fc.record({
  type: fc.constant("tool-result" as const),
  callId: id,
  name: fc.constant(null),
  parts: fc.array(fc.oneof(text, image, document), { maxLength: 2 }),
  isError: fc.boolean(),
  cache,
});
const call = fc.record({
  type: fc.constant("tool-call" as const),
  id,
  name: id,
  arguments: fc
    .dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 2 }))
    .map((value) => JSON.stringify(value)),
});
const signature = word.map((value) => ({ format: "anthropic-messages" as const, value }));
const reasoning = fc.oneof(
  fc.record({ type: fc.constant("reasoning" as const), text: word, signature, isRedacted: fc.constant(false) }),
  fc.record({
    type: fc.constant("reasoning" as const),
    text: fc.constant(""),
    signature,
    isRedacted: fc.constant(true),
  }),
);
const media = fc.array(fc.oneof(text, image, document), { minLength: 1, maxLength: 3 });
const userTurn = media.map((parts): PromptMessage => ({ role: "user", parts }));
/** A turn of the model and the user's answer to it, every call of it with a result. */
const exchange = fc
  .tuple(
    fc.array(reasoning, { maxLength: 2 }),
    fc.array(fc.oneof(text, fc.tuple(call, result)), { minLength: 1, maxLength: 3 }),
    media,
  )
  .map(([thoughts, said, rest]): readonly PromptMessage[] => {
    const results = said.flatMap((part, at) => ("type" in part ? [] : [{ ...part[1], callId: `${part[0].id}_${at}` }]));
    const parts = said.map((part, at) => ("type" in part ? part : { ...part[0], id: `${part[0].id}_${at}` }));
    return [
      { role: "assistant", parts: [...thoughts, ...parts] },
      { role: "user", parts: [...results, ...rest] },
    ];
  });
const schema = fc.constantFrom({ type: "object", properties: { a: { type: "string" } } }, { type: "object" });
const prompts: fc.Arbitrary<Prompt> = fc.record({
  system: fc.array(text, { maxLength: 2 }),
  messages: fc.tuple(userTurn, fc.array(exchange, { maxLength: 2 })).map(([first, rest]) => [first, rest].flat(2)),
  tools: fc.array(
    fc.record({ name: id, description: fc.option(word), schema, strict: fc.constantFrom(null, true), cache }),
    { minLength: 1, maxLength: 2 },
  ),
  toolChoice: fc.oneof(
    fc.constantFrom({ type: "auto" } as const, { type: "required" } as const),
    id.map((name) => ({ type: "tool" as const, name })),
  ),
  parallelToolCalls: fc.constantFrom(null, false),
  outputFormat: fc.option(
    schema.map((value) => ({
      type: "json_schema" as const,
      name: "output",
      description: null,
      schema: value,
      strict: null,
    })),
  ),
  reasoning: fc.constant(null),
  sampling: fc
    .record({ topK: fc.option(fc.nat(50)), temperature: fc.option(fc.double({ min: 0, max: 1, noNaN: true })) })
    .map((sampled) => Object.assign({}, NO_SAMPLING, sampled, { stop: ["END"] })),
  user: fc.option(word),
  metadata: fc.constant(null),
  verbosity: fc.constant(null),
});

describe("a prompt in Anthropic's words and back", () => {
  it("keeps its meaning: texts, media, tools, results, signed reasoning, caches, choice, format, sampling", () => {
    fc.assert(
      fc.property(prompts, (prompt) => {
        const body = JSON.stringify(encode(prompt, BUDGETED));
        const decoded = anthropicClient.parseRequest(body, HINTS).decode();
        expect(JSON.parse(JSON.stringify(decoded))).toEqual(JSON.parse(JSON.stringify(withArguments(prompt))));
      }),
      { numRuns: 200 },
    );
  });

  it("a request of Anthropic's own says the same after a round trip", () => {
    const body = {
      model: CURRENT,
      max_tokens: 4_096,
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [
        { role: "user", content: [{ type: "text", text: "hello" }] },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "s" },
            { type: "redacted_thinking", data: "d" },
            { type: "tool_use", id: "toolu_1", name: "f", input: { a: [1] } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "no" }], is_error: true },
          ],
        },
      ],
      tools: [{ name: "f", description: "F", input_schema: { type: "object", properties: {} } }],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
    };
    expect(encode(decode(body))).toEqual(body);
  });
});

/** Arguments are JSON text; the same text comes back only as `JSON.stringify` writes it. */
function withArguments(prompt: Prompt): Prompt {
  const parts = (message: PromptMessage): readonly PromptPart[] =>
    message.parts.map((part) =>
      part.type === "tool-call" ? { ...part, arguments: JSON.stringify(JSON.parse(part.arguments)) } : part,
    );
  return { ...prompt, messages: prompt.messages.map((message) => ({ ...message, parts: parts(message) })) };
}

describe("decoding an Anthropic request", () => {
  it.each<[object, Prompt["reasoning"]]>([
    [
      { thinking: { type: "disabled" }, output_config: { effort: "high" } },
      { effort: "none", budgetTokens: null, show: null },
    ],
    [{ thinking: { type: "enabled", budget_tokens: 2_000 } }, { effort: null, budgetTokens: 2_000, show: true }],
    [
      { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "max" } },
      { effort: "xhigh", budgetTokens: null, show: false },
    ],
    [{ thinking: { type: "between_tools" } }, { effort: "minimal", budgetTokens: null, show: true }],
    [{ output_config: { effort: "low" } }, { effort: "low", budgetTokens: null, show: null }],
    [{}, null],
  ])("reasoning of %j", (body, expected) => {
    expect(decode(body).reasoning).toEqual(expected);
  });

  it("signatures of other formats come back to their makers, Gemini's to its call; what nobody signed stays unsigned", () => {
    const parts = decodeBlocks(
      "assistant",
      { type: "thinking", thinking: "a", signature: "prismatic.openai-responses.x" },
      { type: "thinking", thinking: "b", signature: "prismatic.openai-chat." },
      { type: "tool_use", id: "t", name: "f", input: {} },
      { type: "redacted_thinking", data: "prismatic.gemini.g" },
    );
    expect(parts).toEqual([
      { type: "reasoning", text: "a", signature: { format: "openai-responses", value: "x" }, isRedacted: false },
      { type: "reasoning", text: "b", signature: null, isRedacted: false },
      { type: "tool-call", id: "t", name: "f", arguments: "{}", signature: { format: "gemini", value: "g" } },
    ]);
  });

  it.each<[string, object]>([
    [
      "messages[0].content[0].type",
      { messages: [{ role: "user", content: [{ type: "server_tool_use", id: "s", name: "x" }] }] },
    ],
    [
      "messages[0].content[0]",
      {
        messages: [
          {
            role: "user",
            content: [{ type: "document", source: { type: "text", data: "x" }, citations: { enabled: true } }],
          },
        ],
      },
    ],
    [
      "messages[0].content[0].source.type",
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "s3", data: "x" } }] }] },
    ],
    ["system[0].type", { system: [{ type: "image", source: { type: "url", url: "x" } }] }],
    ["tools[0].type", { tools: [{ type: "bash_20250124", name: "bash" }] }],
    ["tool_choice", { tool_choice: { type: "sometimes" } }],
    ["tool_choice", { tool_choice: { type: "tool" } }],
    ["thinking.type", { thinking: { type: "later" } }],
    ["thinking.budget_tokens", { thinking: { type: "enabled", budget_tokens: 1.5 } }],
    ["output_config.effort", { output_config: { effort: "huge" } }],
    ["output_config.format", { output_config: { format: { type: "grammar" } } }],
  ])("refuses what no other format has: %s", (param, body) => {
    expect(refusal(() => decode(body))).toMatchObject({ code: "invalid_parameter", param });
  });
});

describe("encoding for Anthropic", () => {
  const toolCall = (name: string, callId: string): PromptPart => ({
    type: "tool-call",
    id: callId,
    name,
    arguments: "",
  });
  const toolResult = (callId: string, part: TextPart): PromptPart => ({
    type: "tool-result",
    callId,
    name: null,
    parts: [part],
    isError: false,
  });
  const said = (value: string): TextPart => ({ type: "text", text: value });

  it("joins turns of one role, puts results first, mends ids, lifts later instructions, drops blanks and foreign reasoning", () => {
    const body = encode({
      system: [said("one")],
      messages: [
        HELLO,
        {
          role: "assistant",
          parts: [
            { type: "reasoning", text: "x", signature: null, isRedacted: false },
            said(" "),
            toolCall("f", "functions.f:0"),
          ],
        },
        { role: "user", parts: [said("and"), toolResult("functions.f:0", said(""))] },
        { role: "system", parts: [said("two")] },
        { role: "user", parts: [said("more")] },
        {
          role: "assistant",
          parts: [{ type: "reasoning", text: "y", signature: { format: "gemini", value: "g" }, isRedacted: false }],
        },
        { role: "assistant", parts: [{ type: "refusal", text: "begun \n" }] },
      ],
    });
    expect(body["system"]).toEqual([
      { type: "text", text: "one" },
      { type: "text", text: "two" },
    ]);
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "hello" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "functions_f_0", name: "f", input: {} }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "functions_f_0" },
          { type: "text", text: "and" },
          { type: "text", text: "more" },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: "begun" }] },
    ]);
  });

  it("instructions alone are asked as the user's words; nothing at all is refused, and an answer that nobody asked", () => {
    expect(encode({ messages: [], system: [said("one")] })).toMatchObject({
      messages: [{ role: "user", content: [{ text: "one" }] }],
    });
    expect(refusal(() => encode({ messages: [] })).param).toBe("messages");
    expect(refusal(() => encode({ messages: [{ role: "assistant", parts: [said("x")] }, HELLO] })).param).toBe(
      "messages",
    );
  });

  it.each<[string, PromptPart]>([
    ["audio", { type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AAAA" } }],
    [
      "an address of a cloud's own",
      { type: "image", detail: null, source: { type: "url", url: "gs://b/x.png", mediaType: null } },
    ],
    [
      "a document of another kind",
      { type: "document", name: null, source: { type: "base64", mediaType: "application/zip", data: "AAAA" } },
    ],
    [
      "a text that is none",
      { type: "document", name: null, source: { type: "base64", mediaType: "text/plain", data: "/w==" } },
    ],
  ])("refuses %s", (_, part) => {
    expect(refusal(() => encode({ messages: [{ role: "user", parts: [part] }] }))).toMatchObject({
      code: "invalid_parameter",
      param: "messages",
    });
  });

  it("tools: a schema is always an object's, choices have Anthropic's names, one call at a time is said beside them", () => {
    const tools = [{ name: "f", description: null, schema: null, strict: false }];
    const choice = (more: Partial<Prompt>) => encode({ tools, ...more })["tool_choice"];
    expect(encode({ tools })["tools"]).toEqual([{ name: "f", input_schema: { type: "object", properties: {} } }]);
    expect(choice({})).toBeUndefined();
    expect(choice({ parallelToolCalls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(choice({ toolChoice: { type: "required" } })).toEqual({ type: "any" });
    expect(choice({ toolChoice: { type: "none" }, parallelToolCalls: false })).toEqual({ type: "none" });
    expect(choice({ toolChoice: { type: "tool", name: "f" } })).toEqual({ type: "tool", name: "f" });
    expect(encode({ toolChoice: { type: "required" } })["tool_choice"]).toBeUndefined();
  });

  it("max_tokens is what admission granted, and where nobody did the model's own maximum", () => {
    expect(encode({}, CURRENT, 77)["max_tokens"]).toBe(77);
    const maxima = [CURRENT, BUDGETED, "claude-opus-4-1-20250805", "claude-3-haiku-20240307"].map(
      (model) => encode({}, model, null)["max_tokens"],
    );
    expect(maxima).toEqual([128_000, 64_000, 32_000, 4_096]);
  });

  it.each(["\n", ""])("refuses to stop at %j, which Anthropic would", (stop) => {
    expect(refusal(() => encode({ sampling: { ...NO_SAMPLING, stop: [stop] } })).param).toBe("stop");
  });

  it("a temperature beyond Anthropic's scale is refused, not bent", () => {
    expect(refusal(() => encode({ sampling: { ...NO_SAMPLING, temperature: 1.5 } }, BUDGETED)).param).toBe(
      "temperature",
    );
  });
});

describe("reasoning for Anthropic", () => {
  const ask = (effort: "none" | "minimal" | "low" | "high" | "xhigh" | null, budgetTokens: number | null = null) => ({
    effort,
    budgetTokens,
    show: null,
  });
  const adaptive = { type: "adaptive", display: "summarized" };
  const sent = (prompt: Partial<Prompt>, model: string, outputTokens = 10_000) => {
    const { thinking, output_config: output } = encode(prompt, model, outputTokens);
    return { thinking, output };
  };

  it.each<[string, ReturnType<typeof ask>, unknown, unknown]>([
    [CURRENT, ask("high"), adaptive, { effort: "high" }],
    [CURRENT, ask("minimal"), adaptive, { effort: "low" }],
    [CURRENT, ask("xhigh"), adaptive, { effort: "xhigh" }],
    [CURRENT, ask(null, 2_000), adaptive, { effort: "low" }],
    [CURRENT, ask(null), adaptive, undefined],
    [CURRENT, ask("none"), { type: "disabled" }, undefined],
    ["claude-opus-4-6", ask("xhigh"), adaptive, { effort: "high" }],
    ["claude-fable-5", ask("none"), undefined, { effort: "low" }],
    [BUDGETED, ask("high"), { type: "enabled", budget_tokens: 8_000 }, undefined],
    [BUDGETED, ask("minimal"), { type: "enabled", budget_tokens: 1_024 }, undefined],
    [BUDGETED, ask(null, 50_000), { type: "enabled", budget_tokens: 9_999 }, undefined],
    [BUDGETED, ask(null, 5), { type: "enabled", budget_tokens: 1_024 }, undefined],
    [BUDGETED, ask("none"), { type: "disabled" }, undefined],
    ["claude-3-7-sonnet-20250219", ask("high"), { type: "enabled", budget_tokens: 8_000 }, undefined],
  ])("%s asked for %j", (model, reasoning, thinking, output) => {
    expect(sent({ reasoning }, model)).toEqual({ thinking, output });
  });

  it("without room for the least budget an effort thinks not at all, and a budget is refused", () => {
    expect(sent({ reasoning: ask("high") }, BUDGETED, 1_024).thinking).toBeUndefined();
    expect(refusal(() => sent({ reasoning: ask(null, 2_000) }, BUDGETED, 1_024)).param).toBe("reasoning");
  });

  it("a forced tool goes before thinking, and so does a turn of tools whose reasoning nobody sent back", () => {
    const tools = [{ name: "f", description: null, schema: null, strict: null }];
    const forced = { tools, toolChoice: { type: "required" } as const, reasoning: ask("high") };
    expect(sent(forced, BUDGETED).thinking).toBeUndefined();
    expect(sent(forced, CURRENT)).toEqual({ thinking: undefined, output: { effort: "high" } });
    const turn = (...before: readonly PromptPart[]): readonly PromptMessage[] => [
      HELLO,
      { role: "assistant", parts: [...before, { type: "tool-call", id: "t", name: "f", arguments: "{}" }] },
      { role: "user", parts: [{ type: "tool-result", callId: "t", name: null, parts: [], isError: false }] },
    ];
    const own: PromptPart = {
      type: "reasoning",
      text: "x",
      signature: { format: "anthropic-messages", value: "s" },
      isRedacted: false,
    };
    expect(sent({ tools, messages: turn(), reasoning: ask("high") }, BUDGETED).thinking).toBeUndefined();
    expect(sent({ tools, messages: turn(own), reasoning: ask("high") }, BUDGETED).thinking).toBeDefined();
    expect(sent({ tools, messages: turn(), reasoning: ask("high") }, CURRENT).thinking).toEqual(adaptive);
  });

  it("sampling that a model does not take is left out, and reported", () => {
    const sampling = { ...NO_SAMPLING, temperature: 0.5, topP: 0.5, topK: 5 };
    const body = { temperature: 0.5, top_p: 0.5, top_k: 5 };
    const check = (model: string, more: object, reasoning: Prompt["reasoning"]) => {
      const request = anthropicClient.parseRequest(
        JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }], ...body, ...more }),
        HINTS,
      );
      const kept = Object.keys(encode({ sampling, reasoning }, model)).filter((name) => name in body);
      const dropped = Object.entries(anthropicOverrides(request, model)).flatMap(([name, support]) =>
        support === "dropped" ? [name] : [],
      );
      expect([...kept, ...dropped].toSorted()).toEqual(Object.keys(body).toSorted());
      return kept;
    };
    expect(check("claude-3-5-haiku-20241022", {}, null)).toEqual(["temperature", "top_p", "top_k"]);
    expect(check(BUDGETED, {}, null)).toEqual(["temperature", "top_k"]);
    expect(check(BUDGETED, { output_config: { effort: "high" } }, ask("high"))).toEqual([]);
    expect(check(BUDGETED, { thinking: { type: "disabled" } }, ask("none"))).toEqual(["temperature", "top_k"]);
    expect(check(CURRENT, {}, null)).toEqual([]);
  });

  it("a model without output formats refuses one", () => {
    const request = anthropicClient.parseRequest('{"model":"m","messages":[{"role":"user","content":"x"}]}', HINTS);
    expect(anthropicOverrides(request, "claude-opus-4-20250514").structured_output).toBe("refused");
    expect(anthropicOverrides(request, BUDGETED).structured_output).toBeUndefined();
  });
});

describe("a conversation that another provider answered before", () => {
  const object = (messages: readonly object[]) =>
    anthropicClient.parseRequest(JSON.stringify({ model: "m", messages }), HINTS).object;

  it("goes to Anthropic without what it would refuse, and untouched where there is nothing such", () => {
    const own = [
      { type: "thinking", thinking: "x", signature: "real" },
      { type: "text", text: "prismatic. is a word" },
    ];
    const messages = [
      { role: "user", content: "hello" },
      { role: "assistant", content: [{ type: "thinking", thinking: "y", signature: "prismatic.gemini.g" }] },
      {
        role: "assistant",
        content: [
          { type: "redacted_thinking", data: "prismatic.openai-responses.r" },
          {
            type: "text",
            text: "a",
            citations: [{ type: "web_search_result_location", encrypted_index: "prismatic." }],
          },
          ...own,
        ],
      },
    ];
    expect(JSON.parse(withoutForeignReasoning(object(messages)) ?? "null")).toEqual([
      { role: "user", content: "hello" },
      { role: "assistant", content: [{ type: "text", text: "a" }, ...own] },
    ]);
    expect(withoutForeignReasoning(object([{ role: "assistant", content: [own[0] ?? {}] }]))).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { converseUpstream, parseChatRequest, type Prompt, type PromptMessage, type PromptPart } from "#wire";
import { refusal } from "../../support/wire/refusal.ts";

const CLAUDE = "us.anthropic.claude-opus-4-5-20251101-v1:0";
const NOVA = "amazon.nova-pro-v1:0";
const LLAMA = "meta.llama4-scout-17b-instruct-v1:0";
const PROMPT = parseChatRequest('{"model":"m","messages":[{"role":"user","content":"hi"}]}').decode();
const TOOL = { name: "f", description: "", schema: null, strict: null };

const encode = (prompt: Partial<Prompt>, upstreamModel = CLAUDE, outputTokens: number | null = 5_000) =>
  converseUpstream.encodeRequest({ ...PROMPT, ...prompt }, { upstreamModel, stream: false, outputTokens });
const user = (...parts: readonly PromptPart[]): PromptMessage => ({ role: "user", parts });
const assistant = (...parts: readonly PromptPart[]): PromptMessage => ({ role: "assistant", parts });
const text = (said: string): PromptPart => ({ type: "text", text: said });
const png = (data: string): PromptPart => ({
  type: "image",
  source: { type: "base64", mediaType: "image/png", data },
  detail: null,
});
const call = { type: "tool-call" as const, id: "c", name: "f", arguments: '{"a":1}' };
const result = {
  type: "tool-result" as const,
  callId: "c",
  name: null,
  parts: [{ type: "text" as const, text: "o" }],
  isError: true,
};

describe("a request to Converse", () => {
  it("says texts, media, calls and results, roles joined", () => {
    const document: PromptPart = {
      type: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "BB" },
      name: "re/port?.pdf",
    };
    const body = encode({
      system: [{ type: "text", text: "s" }],
      messages: [user(text("a")), user(png("AA"), document), assistant(text(" "), call), user(result), user(text("b"))],
      tools: [TOOL],
      toolChoice: { type: "tool", name: "f" },
      sampling: { ...PROMPT.sampling, temperature: 0.5, stop: ["END"] },
    });
    expect(body).toEqual({
      system: [{ text: "s" }],
      messages: [
        {
          role: "user",
          content: [
            { text: "a" },
            { image: { format: "png", source: { bytes: "AA" } } },
            { document: { format: "pdf", name: "re port pdf 1-1", source: { bytes: "BB" } } },
          ],
        },
        { role: "assistant", content: [{ toolUse: { toolUseId: "c", name: "f", input: { a: 1 } } }] },
        {
          role: "user",
          content: [{ toolResult: { toolUseId: "c", content: [{ text: "o" }], status: "error" } }, { text: "b" }],
        },
      ],
      inferenceConfig: { maxTokens: 5_000, temperature: 0.5, stopSequences: ["END"] },
      toolConfig: {
        tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object", properties: {} } } } }],
        toolChoice: { tool: { name: "f" } },
      },
    });
  });

  it("a schema of the answer travels as text", () => {
    const schema = { type: "object", properties: {} };
    const outputFormat = { type: "json_schema" as const, name: "n", description: null, schema, strict: true };
    expect(encode({ outputFormat })).toMatchObject({
      outputConfig: { textFormat: { structure: { jsonSchema: { name: "n", schema: JSON.stringify(schema) } } } },
    });
  });

  it("instructions alone are asked as the user's own words", () => {
    expect(encode({ system: [{ type: "text", text: "s" }], messages: [] })).toMatchObject({
      messages: [{ role: "user", content: [{ text: "s" }] }],
    });
  });

  it.each<[string, Partial<Prompt>]>([
    ["messages", { messages: [] }],
    ["messages", { messages: [assistant(text("a")), user(text("b"))] }],
    [
      "messages",
      {
        messages: [
          user({
            type: "image",
            source: { type: "url", url: "https://x.example/a.png", mediaType: "image/png" },
            detail: null,
          }),
        ],
      },
    ],
    [
      "messages",
      {
        messages: [
          user({ type: "image", source: { type: "base64", mediaType: "image/tiff", data: "AA" }, detail: null }),
        ],
      },
    ],
    [
      "messages",
      { messages: [user({ type: "audio", source: { type: "base64", mediaType: "audio/wav", data: "AA" } })] },
    ],
    ["tools", { messages: [user(text("a")), assistant(call), user(result)] }],
    [
      "tool_choice",
      { messages: [user(text("a")), assistant(call), user(result)], tools: [TOOL], toolChoice: { type: "none" } },
    ],
  ])("names %s where Converse cannot hold it", (param, prompt) => {
    expect(refusal(() => encode(prompt))).toMatchObject({ code: "invalid_parameter", param });
  });

  it.each([CLAUDE, NOVA, LLAMA])("a temperature above 1 is refused by name (%s)", (model) => {
    const sampled = (temperature: number) => encode({ sampling: { ...PROMPT.sampling, temperature } }, model);
    expect(sampled(1)).toMatchObject({ inferenceConfig: { temperature: 1 } });
    expect(refusal(() => sampled(1.1))).toMatchObject({ code: "invalid_parameter", param: "temperature" });
  });

  it("a temperature that goes nowhere is not refused", () => {
    const sampling = { ...PROMPT.sampling, temperature: 2 };
    expect(encode({ sampling }, "anthropic.claude-opus-4-8")).not.toHaveProperty("inferenceConfig.temperature");
  });

  it.each(["call:1", "call_1|x", "x".repeat(65), "", "ü"])("an id %j is made safe, alike in call and result", (id) => {
    const messages = [
      user(text("a")),
      assistant({ ...call, id }, { ...call, id: `${id}.` }),
      user({ ...result, callId: `${id}.` }, { ...result, callId: id }),
    ];
    const ids = [...JSON.stringify(encode({ messages, tools: [TOOL] })).matchAll(/"toolUseId":"([^"]*)"/g)];
    const [one, other, ...answered] = ids.map(([, found]) => found);
    expect(one).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(other).not.toBe(one);
    expect(answered).toEqual([other, one]);
  });

  it("a document alone is named beside it, since Converse demands a text; its name keeps the rules", () => {
    const document = (name: string): PromptPart => ({
      type: "document",
      source: { type: "base64", mediaType: "application/pdf", data: "BB" },
      name,
    });
    const contentOf = (...parts: readonly PromptPart[]) => encode({ messages: [user(...parts)] })["messages"];
    expect(contentOf(png("AA"), document("a .. b"))).toMatchObject([
      { content: [{ image: {} }, { text: "a b 0-1" }, { document: { name: "a b 0-1" } }] },
    ]);
    expect(contentOf(document("x".repeat(300)))).toMatchObject([
      { content: [{ text: expect.stringMatching(/^.{1,200}$/) }, {}] },
    ]);
    expect(contentOf(document("a"), text("b"))).toMatchObject([{ content: [{ document: {} }, { text: "b" }] }]);
  });

  it("a failure without words holds something", () => {
    const messages = [user(text("a")), assistant(call), user({ ...result, parts: [] })];
    expect(JSON.stringify(encode({ messages, tools: [TOOL] }))).toContain('"content":[{"json":{}}],"status":"error"');
  });

  it("tools that may not be called are not sent", () => {
    expect(encode({ tools: [TOOL], toolChoice: { type: "none" } })).not.toHaveProperty("toolConfig");
  });

  it("caches are cut where the maker caches, and only there", () => {
    const marked = { ...TOOL, cache: { ttl: "1h" as const } };
    const messages = [user({ type: "text", text: "a", cache: { ttl: "5m" } })];
    const asked = { tools: [marked], messages };
    expect(JSON.stringify(encode(asked, NOVA)).match(/cachePoint/g)).toHaveLength(2);
    expect(JSON.stringify(encode(asked))).toContain('{"cachePoint":{"type":"default","ttl":"1h"}}');
    expect(JSON.stringify(encode(asked, LLAMA))).not.toContain("cachePoint");
  });

  const thinks = (effort: "low" | "none" | null, budgetTokens: number | null = null) => ({
    reasoning: { effort, budgetTokens, show: null },
    sampling: { ...PROMPT.sampling, temperature: 0.1, topP: 0.2, topK: 3 },
  });

  it.each<[string, string, ReturnType<typeof thinks>, object]>([
    [
      "a budget before 4.6, and no sampling beside it",
      CLAUDE,
      thinks(null, 2_000),
      {
        inferenceConfig: { maxTokens: 5_000 },
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2_000 } },
      },
    ],
    [
      "no more than the output allows",
      CLAUDE,
      thinks(null, 9_000),
      { additionalModelRequestFields: { thinking: { budget_tokens: 4_999 } } },
    ],
    [
      "an effort from 4.6 on",
      "anthropic.claude-opus-4-8",
      thinks("low"),
      {
        inferenceConfig: { maxTokens: 5_000 },
        additionalModelRequestFields: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
      },
    ],
    [
      "none, and then sampling of one kind",
      CLAUDE,
      thinks("none"),
      {
        inferenceConfig: { temperature: 0.1 },
        additionalModelRequestFields: { thinking: { type: "disabled" }, top_k: 3 },
      },
    ],
  ])("Claude is asked for thinking in its own words: %s", (_, model, prompt, expected) => {
    const body = encode(prompt, model);
    expect(body).toMatchObject(expected);
    expect(JSON.stringify(body)).not.toContain("topP");
  });

  it("models that are not Claude get none of its words, and no top-k", () => {
    const { topK: _, ...sampling } = thinks("low").sampling;
    const body = encode({ ...thinks("low"), sampling: { ...sampling, topK: null } }, NOVA);
    expect(body).not.toHaveProperty("additionalModelRequestFields");
    expect(body).toMatchObject({ inferenceConfig: { temperature: 0.1, topP: 0.2 } });
    expect(refusal(() => encode(thinks("low"), NOVA)).param).toBe("top_k");
  });

  it("reasoning comes back only with Bedrock's own signature", () => {
    const thought = (format: "bedrock-converse" | "anthropic-messages", isRedacted: boolean): PromptPart => ({
      type: "reasoning",
      text: isRedacted ? "" : "hm",
      signature: { format, value: "s" },
      isRedacted,
    });
    const messages = [
      user(text("a")),
      assistant(
        thought("bedrock-converse", false),
        thought("bedrock-converse", true),
        thought("anthropic-messages", false),
      ),
      user(text("b")),
    ];
    expect(encode({ messages })["messages"]).toMatchObject([
      {},
      {
        content: [
          { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
          { reasoningContent: { redactedContent: "s" } },
        ],
      },
      {},
    ]);
  });
});

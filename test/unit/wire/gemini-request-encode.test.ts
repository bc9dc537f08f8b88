import { describe, expect, it } from "vitest";
import { geminiClient, geminiUpstream, type Prompt } from "#wire";
import { refusal } from "../../support/wire/refusal.ts";

const USER = { role: "user", parts: [{ text: "hi" }] };
const ROUTE = { model: "google/gemini-3-pro", stream: false };

const PROMPT = geminiClient.parseRequest(JSON.stringify({ contents: [USER] }), ROUTE).decode();

describe("a request to Gemini from another format", () => {
  const encode = (
    prompt: Partial<Prompt>,
    upstreamModel = "gemini-3-pro-preview",
    outputTokens: number | null = 60_000,
  ) => geminiUpstream.encodeRequest({ ...PROMPT, ...prompt }, { upstreamModel, stream: false, outputTokens });
  const reasoning = (
    effort: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | null,
    budgetTokens: number | null = null,
  ) => ({
    reasoning: { effort, budgetTokens, show: true },
  });
  const thinkingOf = (prompt: Partial<Prompt>, model: string, outputTokens?: number): unknown => {
    const config: unknown = encode(prompt, model, outputTokens)["generationConfig"];
    return Reflect.get(Object(config), "thinkingConfig");
  };

  it.each<[string, Parameters<typeof reasoning>, object]>([
    ["gemini-3-pro-preview", ["xhigh"], { thinkingLevel: "HIGH" }],
    ["gemini-3-pro-preview", ["minimal"], { thinkingLevel: "LOW" }],
    ["gemini-3-flash-preview", ["minimal"], { thinkingLevel: "MINIMAL" }],
    ["gemini-3-flash-preview", ["none"], { thinkingLevel: "MINIMAL" }],
    ["gemini-3.8-flash", ["none"], { thinkingLevel: "LOW" }],
    ["gemini-3.8-flash-lite", ["none"], { thinkingLevel: "MINIMAL" }],
    ["gemini-4-hydrogen", ["xhigh"], { thinkingLevel: "XHIGH" }],
    ["gemini-flash-latest", ["medium"], { thinkingLevel: "MEDIUM" }],
    ["gemini-3-pro-preview", [null, 10_000], { thinkingLevel: "MEDIUM" }],
    ["gemini-3-pro-preview", [null, -1], {}],
    ["gemini-2.5-flash", ["none"], { thinkingBudget: 0 }],
    ["gemini-2.5-flash", ["high"], { thinkingBudget: 24_576 }],
    ["gemini-2.5-flash", [null, -1], { thinkingBudget: -1 }],
    ["gemini-2.5-pro", ["high"], { thinkingBudget: 32_768 }],
    ["gemini-2.5-pro", ["none"], { thinkingBudget: 128 }],
    ["gemini-3-pro-image-preview", ["low"], { thinkingBudget: 12_000 }],
  ])("%s thinks as it can when %j is asked", (model, asked, expected) => {
    expect(thinkingOf(reasoning(...asked), model)).toEqual({ includeThoughts: true, ...expected });
  });

  const called = (signature: { format: "gemini" | "anthropic-messages"; value: string } | null) => ({
    messages: [
      ...PROMPT.messages,
      {
        role: "assistant" as const,
        parts: [
          { type: "reasoning" as const, text: "hm", signature, isRedacted: false },
          { type: "tool-call" as const, id: "c", name: "f", arguments: '{"a":1}' },
          { type: "tool-call" as const, id: "d", name: "f", arguments: "{}" },
        ],
      },
    ],
  });
  const signaturesOf = (prompt: Partial<Prompt>, model: string): unknown => {
    const [, turn] = Object.values(Object.assign([], encode(prompt, model)["contents"]));
    const parts: readonly unknown[] = Object.assign([], Reflect.get(Object(turn), "parts"));
    return parts.map((part): unknown => Reflect.get(Object(part), "thoughtSignature") ?? null);
  };

  it("a call bears Google's own signature, or says that it has none where one is demanded", () => {
    expect(signaturesOf(called({ format: "gemini", value: "g" }), "gemini-3-pro-preview")).toEqual(["g", null]);
    expect(signaturesOf(called({ format: "anthropic-messages", value: "a" }), "gemini-3-pro-preview")).toEqual([
      "skip_thought_signature_validator",
      null,
    ]);
    expect(signaturesOf(called(null), "gemini-2.5-pro")).toEqual([null, null]);
  });

  it("a result names its function; its pictures lie in it, or beside it before generation 3", () => {
    const image = {
      type: "image" as const,
      source: { type: "base64" as const, mediaType: "image/png", data: "AA" },
      detail: null,
    };
    const result = {
      type: "tool-result" as const,
      callId: "c",
      name: null,
      parts: [{ type: "text" as const, text: "o" }, image],
      isError: false,
    };
    const { messages } = called(null);
    const other = { ...result, callId: "d", parts: [] };
    const asked = { messages: [...messages, { role: "user" as const, parts: [result, other] }] };
    const empty = { functionResponse: { id: "d", name: "f", response: { output: "" } } };
    const response = { id: "c", name: "f", response: { output: "o" } };
    const inlineData = { mimeType: "image/png", data: "AA" };
    expect(encode(asked)["contents"]).toMatchObject([
      {},
      {},
      { role: "user", parts: [{ functionResponse: { ...response, parts: [{ inlineData }] } }, empty] },
    ]);
    expect(encode(asked, "gemini-2.5-flash")["contents"]).toMatchObject([
      {},
      {},
      { parts: [{ functionResponse: response }, { inlineData }, empty] },
    ]);
    const alone = { messages: [{ role: "user" as const, parts: [result] }] };
    expect(refusal(() => encode(alone)).param).toBe("messages");
  });

  const user = (said: string) => ({ role: "user" as const, parts: [{ type: "text" as const, text: said }] });
  const system = [{ type: "text" as const, text: "s" }];

  it("what says nothing is not sent; instructions alone are asked as the user's own words", () => {
    for (const messages of [[], [user("")], [{ role: "user" as const, parts: [] }]]) {
      const body = encode({ system, messages });
      expect(body["contents"]).toEqual([{ role: "user", parts: [{ text: "s" }] }]);
      expect(body).not.toHaveProperty("systemInstruction");
      expect(refusal(() => encode({ messages }))).toMatchObject({ code: "invalid_parameter", param: "messages" });
    }
    expect(encode({ system, messages: [user("a"), user("")] })).toMatchObject({
      systemInstruction: { parts: [{ text: "s" }] },
      contents: [{ role: "user", parts: [{ text: "a" }] }],
    });
  });

  it("a conversation may begin with the model's words, but not with its calls", () => {
    const greeting = { role: "assistant" as const, parts: user("hello").parts };
    expect(encode({ messages: [greeting, user("a")] })["contents"]).toMatchObject([{ role: "model" }, {}]);
    const [, turn] = called(null).messages;
    const messages = turn ? [turn] : [];
    expect(refusal(() => encode({ messages })).param).toBe("messages");
  });

  it("an address without a media type is told by its end", () => {
    const at = (url: string) => ({
      messages: [
        {
          role: "user" as const,
          parts: [{ type: "image" as const, source: { type: "url" as const, url, mediaType: null }, detail: null }],
        },
      ],
    });
    const types = ["https://x.example/a.PNG?b=.gif", "https://x.example/a", "https://x.example/a.wav"].map(
      (url) => JSON.stringify(encode(at(url))["contents"]).match(/"mimeType":"([^"]+)"/)?.[1],
    );
    expect(types).toEqual(["image/png", "image/jpeg", "image/jpeg"]);
  });

  it("a choice of tools goes only with tools, and a schema beside tools only where the model takes both", () => {
    const tool = { name: "f", description: null, schema: null, strict: null };
    const outputFormat = { type: "json" as const };
    expect(encode({ toolChoice: { type: "required" } })).not.toHaveProperty("toolConfig");
    expect(encode({ toolChoice: { type: "required" }, tools: [tool] })).toMatchObject({
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
    expect(encode({ tools: [tool], outputFormat })).toHaveProperty("generationConfig.responseMimeType");
    expect(refusal(() => encode({ tools: [tool], outputFormat }, "gemini-2.5-flash")).param).toBe("tools");
  });
});

import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { anthropicClient, type TextRequest } from "#wire";

const HINTS = { model: null, stream: null };
const HELLO = [{ role: "user", content: "hello" }];
const parseText = (text: string): TextRequest => anthropicClient.parseRequest(text, HINTS);
const parse = (more: object): TextRequest =>
  parseText(JSON.stringify({ model: "m", max_tokens: 64, messages: HELLO, ...more }));
const parseBlocks = (...content: readonly object[]): TextRequest => parse({ messages: [{ role: "user", content }] });

function refusal(read: () => unknown): AppError {
  try {
    read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the body was accepted");
}

const IMAGE = { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(9_000) } };
const PDF = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "A".repeat(9_000) } };

describe("reading an Anthropic request", () => {
  it("gives what admission and metering need", () => {
    const tools = [{ name: "f", input_schema: { type: "object" } }];
    const request = parse({
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: [{ type: "text", text: "żółw" }, IMAGE, PDF] },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "f", input: { deep: [1, 2] } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [IMAGE] }] },
      ],
      stream: true,
      tools,
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      thinking: { type: "enabled", budget_tokens: 1024 },
      output_config: { format: { type: "json_schema", schema: { type: "object" } } },
      stop_sequences: ["END"],
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      metadata: { user_id: "u" },
      models: ["a"],
      provider: { order: ["b"] },
      usage: { include: true },
    });
    expect(request).toMatchObject({
      format: "anthropic-messages",
      model: "m",
      stream: true,
      includeUsage: true,
      includeCost: true,
      outputMaximum: 64,
      choices: 1,
      extras: [],
      searchesMaximum: null,
      models: ["a"],
      provider: { order: ["b"] },
      input: { messages: 3, images: 2, audios: 0, files: 1 },
    });
    expect(Object.fromEntries(request.uses)).toEqual({
      prompt_cache: "system[0].cache_control",
      image_input: "messages[0].content[1]",
      document_input: "messages[0].content[2]",
      tools: "tools",
      tool_choice: "tool_choice",
      parallel_tool_calls: "tool_choice.disable_parallel_tool_use",
      temperature: "temperature",
      top_p: "top_p",
      top_k: "top_k",
      stop: "stop_sequences",
      user: "metadata.user_id",
      reasoning: "thinking",
      structured_output: "output_config.format",
    });
    // Payloads of media are no text; arguments count with their names and numbers.
    expect(request.input.textBytes).toBeGreaterThan("Be brief.żółw".length + '{"deep":[1,2]}'.length);
    expect(request.input.textBytes).toBeLessThan(400);
    expect(request.toolsBytes).toBeGreaterThanOrEqual(JSON.stringify(tools).length);
  });

  it("takes a request without max_tokens, as counting has it, and plain strings", () => {
    const request = parseText('{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"hello"}]}');
    expect(request).toMatchObject({ outputMaximum: null, stream: false, includeCost: false });
    expect(request.input.textBytes).toBe("Be brief.hello".length);
    expect([...request.uses]).toEqual([]);
  });

  it("a choice that changes nothing uses nothing", () => {
    const uses = parse({ tool_choice: { type: "auto", disable_parallel_tool_use: false } }).uses;
    expect([...uses]).toEqual([]);
  });

  it("thinking that is switched off uses no reasoning; an effort alone does", () => {
    expect(parse({ thinking: { type: "disabled" } }).uses.has("reasoning")).toBe(false);
    expect(parse({ output_config: { effort: "low" } }).uses.get("reasoning")).toBe("output_config.effort");
  });

  it.each<[string, object, number]>([
    ["text", { type: "text", text: "0123456789" }, 10],
    [
      "a text document",
      { type: "document", source: { type: "text", media_type: "text/plain", data: "0123456789" } },
      10,
    ],
    [
      "a document of blocks",
      { type: "document", source: { type: "content", content: [{ type: "text", text: "0123456789" }] } },
      10,
    ],
    ["a document's title", { ...PDF, title: "0123456789" }, 10],
    ["a tool's result", { type: "tool_result", tool_use_id: "t", content: "0123456789" }, 10],
    ["a search result", { type: "search_result", content: [{ type: "text", text: "0123456789" }] }, 10],
    ["a signature, which holds what was thought", { type: "thinking", thinking: "", signature: "0123456789" }, 10],
    ["redacted thinking", { type: "redacted_thinking", data: "0123456789" }, 10],
    ["a member that nobody knows", { type: "text", text: "", more: { a: "0123456789" } }, 10],
    ["an image's neighbour", { ...IMAGE, source: { ...IMAGE.source, note: "0123456789" } }, 10],
  ])("counts the bytes of %s, so that the bound is one", (_, block, bytes) => {
    const { textBytes } = parseBlocks(block).input;
    expect(textBytes).toBeGreaterThanOrEqual(bytes);
    expect(textBytes).toBeLessThan(200);
  });

  it("counts what Anthropic adds for tools, for its own tools and for an output format", () => {
    const plain = parse({ tools: [{ name: "f" }] });
    expect(plain.toolsBytes).toBeGreaterThan(800);
    const bash = parse({ tools: [{ type: "bash_20250124", name: "bash" }] });
    expect(bash.toolsBytes).toBeGreaterThan(plain.toolsBytes + 2_000);
    expect(bash.extras).toEqual([]);
    expect(parse({ output_config: { format: { type: "json_schema", schema: {} } } }).formatBytes).toBeGreaterThan(800);
    expect(parse({}).formatBytes).toBe(0);
  });

  it.each<[string, object, readonly string[], number | null]>([
    [
      "searches that are bounded",
      { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] },
      ["web_search"],
      3,
    ],
    [
      "searches of which one is not",
      {
        tools: [
          { type: "web_search_20260209", name: "web_search", max_uses: 3 },
          { type: "web_search_20250305", name: "web_search" },
        ],
      },
      ["web_search"],
      null,
    ],
    [
      "a tool that runs code there",
      { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
      ["server_tool"],
      null,
    ],
    ["a tool that fetches", { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] }, ["server_tool"], null],
    ["a tool of another time", { tools: [{ type: "browser_toolset_20260801" }] }, ["server_tool"], null],
    ["remote tools", { mcp_servers: [{ type: "url", url: "https://x.example" }] }, ["server_tool"], null],
    ["a container", { container: "c" }, ["server_state"], null],
    ["context management", { context_management: { edits: [] } }, ["server_state"], null],
    ["a dearer tier", { service_tier: "priority" }, ["service_tier"], null],
    ["fast mode", { speed: "fast" }, ["service_tier"], null],
    ["a region", { inference_geo: "us" }, ["service_tier"], null],
    [
      "what a server tool found",
      { messages: [{ role: "user", content: [{ type: "container_upload", file_id: "f" }] }] },
      ["document"],
      null,
    ],
  ])("names as an extra: %s", (_, more, extras, searches) => {
    const request = parse(more);
    expect(request.extras).toEqual(extras);
    expect(request.searchesMaximum).toBe(searches);
  });

  it.each([
    { service_tier: "auto" },
    { service_tier: "standard_only" },
    { speed: "standard" },
    { inference_geo: "global" },
  ])("%j costs what is listed", (more) => {
    expect(parse(more).extras).toEqual([]);
  });
});

describe("refusing an Anthropic request", () => {
  it.each<[string, object]>([
    ["model", { model: 5 }],
    ["messages", { messages: [] }],
    ["messages", { messages: "hi" }],
    ["messages[1]", { messages: [...HELLO, "x"] }],
    ["messages[0].role", { messages: [{ role: "tool", content: "x" }] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content[0]", { messages: [{ role: "user", content: ["x"] }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{}] }] }],
    ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
    ["messages[0].content[0].source", { messages: [{ role: "user", content: [{ type: "image" }] }] }],
    [
      "messages[0].content[0].source.url",
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "url" } }] }] },
    ],
    ["messages[0].content[0].tool_use_id", { messages: [{ role: "user", content: [{ type: "tool_result" }] }] }],
    [
      "messages[0].content[0].input",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: "{}" }] }] },
    ],
    ["system", { system: 5 }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["stream", { stream: "true" }],
    ["stop_sequences", { stop_sequences: "x" }],
    ["stop_sequences[0]", { stop_sequences: [1] }],
    ["temperature", { temperature: "warm" }],
    ["tools", { tools: {} }],
    ["tools[0]", { tools: ["x"] }],
    ["tools[0].name", { tools: [{}] }],
    ["tools[0].max_uses", { tools: [{ type: "web_search_20250305", max_uses: 0 }] }],
    ["tools[0].max_uses", { tools: [{ type: "web_search_20250305", max_uses: 101 }] }],
    [
      "tools[1].max_uses",
      {
        tools: [
          { type: "web_search_20250305", max_uses: 60 },
          { type: "web_search_20260209", max_uses: 41 },
        ],
      },
    ],
    ["tool_choice", { tool_choice: "auto" }],
    ["tool_choice.type", { tool_choice: {} }],
    ["thinking", { thinking: true }],
    ["output_config.effort", { output_config: { effort: 5 } }],
    ["metadata.user_id", { metadata: { user_id: 5 } }],
    ["usage.include", { usage: { include: "yes" } }],
  ])("invalid_parameter names %s", (param, more) => {
    expect(refusal(() => parse(more))).toMatchObject({ code: "invalid_parameter", param });
  });

  it("an uploaded file belongs to an account at the provider", () => {
    const error = refusal(() => parseBlocks({ type: "document", source: { type: "file", file_id: "file_1" } }));
    expect(error).toMatchObject({ code: "unsupported_parameter", param: "messages[0].content[0].source" });
  });

  it.each([
    ["max_tokens", '"Max_Tokens":100000'],
    ["messages", '"me\u017f\u017fages":[]'],
    ["speed", '"SPEED":"fast"'],
  ])("refuses another spelling of %s, which a provider might read instead of ours", (param, member) => {
    const text = `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}],${member}}`;
    expect(refusal(() => parseText(text))).toMatchObject({ code: "invalid_parameter", param });
  });

  it("is bounded: messages, tools, stops, and blocks in blocks", () => {
    const many = (count: number, item: unknown): readonly unknown[] => Array.from({ length: count }, () => item);
    expect(refusal(() => parse({ messages: many(100_001, 0) })).param).toBe("messages");
    expect(refusal(() => parse({ tools: many(1_025, {}) })).param).toBe("tools");
    expect(refusal(() => parse({ stop_sequences: many(65, "x") })).param).toBe("stop_sequences");
    const open = '{"type":"tool_result","tool_use_id":"t","content":[';
    const nested = `{"model":"m","messages":[{"role":"user","content":[${open.repeat(70)}${"]}".repeat(70)}]}]}`;
    expect(refusal(() => parseText(nested)).param).toBe("body");
  });

  it("S1: a refusal never quotes the body", () => {
    for (const more of [
      { messages: [{ role: "CANARY", content: "CANARY" }] },
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "CANARY", source: "CANARY" },
              { type: "image", source: "CANARY" },
            ],
          },
        ],
      },
      { tools: [{ type: 5, CANARY: 1 }] },
    ]) {
      const error = refusal(() => parse(more));
      expect(`${error.message}${String(error.param)}${String(error.cause)}`).not.toContain("CANARY");
    }
  });
});

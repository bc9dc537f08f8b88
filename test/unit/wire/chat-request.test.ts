import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { parseChatRequest } from "#wire";

const HELLO = [{ role: "user", content: "hello" }];
const parse = (body: unknown): ReturnType<typeof parseChatRequest> => parseChatRequest(JSON.stringify(body));

function refusal(text: string): AppError {
  try {
    parseChatRequest(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("the body was accepted");
}

describe("reading a chat request", () => {
  it("gives what admission and metering need", () => {
    const request = parse({
      model: "openai/gpt-5",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "żółw" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c", content: "42" },
      ],
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      n: 2,
      max_tokens: 100,
      tools: [{ type: "function", function: { name: "f" } }],
      response_format: { type: "json_object" },
      usage: { include: true },
    });
    expect(request).toMatchObject({
      model: "openai/gpt-5",
      stream: true,
      includeUsage: true,
      includeCost: true,
      streamOptions: { include_usage: true, include_obfuscation: false },
      outputMaximum: 100,
      choices: 2,
      extras: [],
      input: { messages: 4, images: 1, audios: 0, files: 0 },
    });
    expect(request.toolsBytes).toBe('[{"type":"function","function":{"name":"f"}}]'.length);
    expect(request.formatBytes).toBe('{"type":"json_object"}'.length);
    // Every text of the messages and nothing of the image: names of types count, which keeps the bound a bound.
    const texts = ["Be brief.", "text", "żółw", "c", "function", "f", "{}", "c", "42"];
    expect(request.input.textBytes).toBe(Buffer.byteLength(texts.join("")));
  });

  it("has OpenAI's defaults", () => {
    expect(parse({ model: "m", messages: HELLO })).toMatchObject({
      stream: false,
      includeUsage: false,
      includeCost: false,
      outputMaximum: null,
      choices: 1,
      toolsBytes: 0,
      extras: [],
    });
    const nulls = {
      stream: null,
      n: null,
      max_tokens: null,
      max_completion_tokens: null,
      stop: null,
      stream_options: null,
    };
    expect(parse({ model: "m", messages: HELLO, ...nulls })).toMatchObject({
      stream: false,
      choices: 1,
      outputMaximum: null,
    });
  });

  it("max_completion_tokens wins over its deprecated form", () => {
    expect(parse({ model: "m", messages: HELLO, max_tokens: 5, max_completion_tokens: 9 }).outputMaximum).toBe(9);
  });

  it("of duplicate members reads the last, as every JSON parser here does", () => {
    const request = parseChatRequest(
      '{"model":"a","n":128,"messages":[{"role":"user","content":"x"}],"n":1,"model":"b"}',
    );
    expect(request).toMatchObject({ model: "b", choices: 1 });
  });

  it("lets what it does not know pass: members, part types, response formats", () => {
    const request = parse({
      model: "m",
      messages: [{ role: "user", content: [{ type: "hologram", beam: "abc" }], cache: { x: 1 } }],
      response_format: { type: "grammar", rules: "…" },
      brand_new: { deep: [1, 2, { three: true }] },
    });
    expect(request.input.textBytes).toBe("hologramabc".length);
    expect(request.object.text).toContain('"brand_new"');
  });

  it("names what is billed beyond tokens", () => {
    const extras = (more: object): readonly string[] => parse({ model: "m", messages: HELLO, ...more }).extras;
    expect(extras({ service_tier: "auto" })).toEqual([]);
    expect(extras({ service_tier: "priority" })).toEqual(["service_tier"]);
    expect(extras({ web_search_options: {} })).toEqual(["web_search"]);
    expect(extras({ modalities: ["text", "audio"], audio: { voice: "x", format: "wav" } })).toEqual(["audio_output"]);
    expect(extras({ search_parameters: { mode: "on" } })).toEqual(["live_search"]);
    expect(extras({ tools: [{ type: "function" }, { type: "custom" }] })).toEqual([]);
    expect(extras({ tools: [{ type: "function" }, { type: "browser_search" }] })).toEqual(["server_tool"]);
    expect(extras({ prediction: { type: "content", content: "x" } })).toEqual(["prediction"]);
  });

  it("names content parts whose input nobody can bound", () => {
    const extras = (part: object): readonly string[] =>
      parse({ model: "m", messages: [{ role: "assistant", content: [{ type: "text", text: "x" }, part] }] }).extras;
    const url = "https://example.com/1000-pages.pdf";
    expect(extras({ type: "document_url", document_url: url })).toEqual(["document"]);
    expect(extras({ type: "thinking", thinking: [{ type: "document_url", document_url: url }] })).toEqual(["document"]);
    expect(extras({ type: "thinking", thinking: [{ type: "text", text: "hm" }] })).toEqual([]);
    expect(extras({ type: "refusal", refusal: "No." })).toEqual([]);
    expect(extras({ type: "image_url", image_url: url })).toEqual([]);
    expect(extras({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } })).toEqual([]);
    expect(extras({ type: "file", file: { file_data: "AAAA" } })).toEqual([]);
  });

  it("counts as text whatever stands beside a medium's payload, and a prediction", () => {
    const bytes = (part: object, more: object = {}): number =>
      parse({ model: "m", messages: [{ role: "user", content: [part] }], ...more }).input.textBytes;
    const image = { type: "image_url", image_url: { url: "https://example.com/x.png" } };
    expect(bytes(image)).toBe(0);
    expect(bytes({ ...image, text: "0123456789", alt: { deep: ["abc"] } })).toBe(13);
    expect(bytes({ type: "image_url", image_url: { url: "x", note: "abc" } })).toBe(3);
    expect(bytes({ type: "image_url", image_url: "https://example.com/x.png" })).toBe(0);
    expect(bytes({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } })).toBe(3);
    expect(bytes({ type: "file", file: { file_data: { smuggled: "0123456789" }, filename: "a.pdf" } })).toBe(15);
    expect(bytes(image, { prediction: { type: "content", content: "0123456789" } })).toBe(17);
  });

  it("estimates input tokens without media, in bounded time for any size", () => {
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(1_000_000)}` } };
    const words = parse({
      model: "m",
      messages: [{ role: "user", content: [{ type: "text", text: "one two three four" }, image] }],
    });
    // Four words, and one for the end of the message.
    expect(words.estimateInputTokens()).toBe(5);
    const long = parse({ model: "m", messages: [{ role: "user", content: "word ".repeat(400_000) }] });
    expect(long.estimateInputTokens()).toBeGreaterThan(350_000);
    expect(long.estimateInputTokens()).toBeLessThan(450_000);
    const many = parse({ model: "m", messages: Array.from({ length: 90_000 }, () => HELLO[0]) });
    expect(many.estimateInputTokens()).toBeGreaterThan(90_000);
    expect(many.estimateInputTokens()).toBeLessThan(180_001);
  });
});

describe("refusing a chat request", () => {
  it.each(["", "{", "null", "[]", '"x"', '{"model":"m",}', "{'model':1}"])("invalid_json: %j", (text) => {
    expect(refusal(text).code).toBe("invalid_json");
    expect(refusal(text).cause).toBeUndefined();
  });

  it.each<[string, object]>([
    ["model", { model: undefined }],
    ["model", { model: 5 }],
    ["model", { model: "" }],
    ["model", { model: "x".repeat(257) }],
    ["messages", { messages: undefined }],
    ["messages", { messages: [] }],
    ["messages", { messages: "hi" }],
    ["messages[1]", { messages: [...HELLO, "x"] }],
    ["messages[0].role", { messages: [{ role: "robot", content: "x" }] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content", { messages: [{ role: "user", content: 7 }] }],
    ["messages[0].content", { messages: [{ role: "user", content: { type: "text", text: "x" } }] }],
    ["messages[0].content[0]", { messages: [{ role: "user", content: ["x"] }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{ text: "x" }] }] }],
    ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
    [
      "messages[0].content[0].image_url.url",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
    ],
    ["messages[0].content[0].input_audio", { messages: [{ role: "user", content: [{ type: "input_audio" }] }] }],
    ["messages[0].tool_call_id", { messages: [{ role: "tool", content: "x" }] }],
    ["messages[0].tool_calls", { messages: [{ role: "assistant", tool_calls: {} }] }],
    [
      "messages[0].tool_calls[0].function.arguments",
      { messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: {} } }] }] },
    ],
    ["stream", { stream: "true" }],
    ["stream_options", { stream_options: { include_usage: true } }],
    ["stream_options.include_usage", { stream: true, stream_options: { include_usage: 1 } }],
    ["max_tokens", { max_tokens: 0 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["max_tokens", { max_tokens: "100" }],
    ["max_completion_tokens", { max_completion_tokens: -1 }],
    ["max_completion_tokens", { max_completion_tokens: 1e300 }],
    ["n", { n: 0 }],
    ["n", { n: 129 }],
    ["temperature", { temperature: "warm" }],
    ["tools[0].type", { tools: [{}] }],
    ["tool_choice", { tool_choice: 1 }],
    ["response_format.type", { response_format: {} }],
    ["stop", { stop: [1] }],
    ["usage.include", { usage: { include: "yes" } }],
  ])("invalid_parameter names %s", (param, more) => {
    const error = refusal(JSON.stringify({ model: "m", messages: HELLO, ...more }));
    expect(error).toMatchObject({ code: "invalid_parameter", param });
    expect(error.message).toContain(`'${param}'`);
  });

  it("hands on our own routing extensions unread", () => {
    const own = { models: ["a/b", 5], provider: { order: "anything" } };
    expect(parse({ model: "m", messages: HELLO, ...own })).toMatchObject(own);
    expect(parse({ model: "m", messages: HELLO }).models).toBeUndefined();
  });

  it.each([
    ["model", '"Model":"gpt-4"'],
    ["max_tokens", '"Max_Tokens":100000'],
    ["max_completion_tokens", '"MAX_COMPLETION_TOKENS":100000'],
    ["stream", '"\\u0053TREAM":true'],
    ["messages", '"me\u017f\u017fages":[]'],
    ["web_search_options", '"Web_Search_Options":{}'],
  ])("refuses another spelling of %s, which a provider might read instead of ours", (param, member) => {
    const text = `{"model":"m","messages":[{"role":"user","content":"x"}],${member}}`;
    expect(refusal(text)).toMatchObject({ code: "invalid_parameter", param });
    expect(refusal(text).message).toBe(`Invalid value for '${param}': must be spelt in lower case.`);
  });

  it("refuses nesting beyond its bound before walking it", () => {
    const deep = (levels: number): string =>
      `{"model":"m","messages":[{"role":"user","content":"x"}],"x":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect(refusal(deep(200_000))).toMatchObject({ code: "invalid_parameter", param: "body" });
    expect(refusal(deep(128)).code).toBe("invalid_parameter");
    expect(parseChatRequest(deep(127)).model).toBe("m");
  });

  it("S1: a refusal never quotes the body", () => {
    for (const text of [
      "{CANARY",
      '{"model":"m","messages":[{"role":"CANARY","content":"CANARY"}]}',
      '{"model":["CANARY"],"messages":"CANARY"}',
    ]) {
      const error = refusal(text);
      expect(`${error.message}${String(error.param)}${String(error.cause)}`).not.toContain("CANARY");
    }
  });
});

import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import {
  addUsageCost,
  encodeError,
  encodeStreamError,
  parseEmbeddingsRequest,
  readChatResponse,
  readEmbeddingsResponse,
  safeToken,
} from "#wire";
import { hasRecordings, readRecorded } from "./recorded.ts";

describe.skipIf(!hasRecordings)("recorded whole answers", () => {
  it.each([
    ["openai-chat/openai-text.json", 363, "stop"],
    ["groq-chat/groq-text.json", 607, "stop"],
    ["groq-chat/groq-tool-call.json", 15, "tool_calls"],
    ["mistral-chat/mistral-text.json", 434, "stop"],
  ])("%s", (name, completionTokens, finish) => {
    const summary = readChatResponse(readRecorded(name));
    expect(summary).toMatchObject({
      end: "complete",
      usage: { completion_tokens: completionTokens },
      finishReasons: [finish],
      error: null,
    });
    expect(summary.delivered.outputTokens).toBeGreaterThan(0);
  });

  it("an error body is an error, and its text is not kept", () => {
    const summary = readChatResponse(readRecorded("openai-chat/reasoning-model-legacy-parameter-error.json"));
    expect(summary).toMatchObject({
      end: "interrupted",
      usage: null,
      error: { code: "unsupported_parameter", type: "invalid_request_error" },
    });
    expect(JSON.stringify(summary)).not.toContain("Use");
  });

  it("embeddings", () => {
    const text = readRecorded("openai-embeddings/openai-embedding.json");
    expect(readEmbeddingsResponse(text)).toEqual({ end: "complete", usage: { prompt_tokens: 12, total_tokens: 12 } });
    expect(readEmbeddingsResponse(text.slice(0, -10)).end).toBe("garbage");
  });
});

describe("whole chat answers", () => {
  it("reads every choice and G13: zeros", () => {
    const text = JSON.stringify({
      choices: [
        { index: 1, message: { content: "b" }, finish_reason: "length" },
        { index: 0, message: { content: "a" }, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0 },
    });
    expect(readChatResponse(text)).toMatchObject({
      end: "complete",
      finishReasons: ["stop", "length"],
      usage: { prompt_tokens: 0 },
    });
  });

  it.each(["", "<html>", "[]", "{}", '{"choices":[]}', '{"choices":[{"index":0}'])("%j is garbage", (text) => {
    expect(readChatResponse(text)).toMatchObject({ end: "garbage", usage: null });
  });

  it("writes the cost into usage and leaves every other byte", () => {
    expect(addUsageCost('{ "usage" : {"a":1.0} , "b":2}', "0.000000001")).toBe(
      '{ "usage" : {"a":1.0,"cost":"0.000000001"} , "b":2}',
    );
    for (const text of ['{"usage":null}', '{"b":1}', "no json"]) expect(addUsageCost(text, "1")).toBe(text);
  });
});

describe("embeddings", () => {
  const parse = (input: unknown, more: object = {}): ReturnType<typeof parseEmbeddingsRequest> =>
    parseEmbeddingsRequest(JSON.stringify({ model: "m", input, ...more }));

  it.each<[unknown, object]>([
    ["żółw", { inputs: 1, textBytes: 7, inputTokens: 0 }],
    [["ab", "cd"], { inputs: 2, textBytes: 4, inputTokens: 0 }],
    [[1, 2, 3], { inputs: 1, textBytes: 0, inputTokens: 3 }],
    [[[1, 2], [3]], { inputs: 2, textBytes: 0, inputTokens: 3 }],
    [Array.from({ length: 5000 }, () => 7), { inputs: 1, textBytes: 0, inputTokens: 5000 }],
  ])("reads %j", (input, expected) => expect(parse(input)).toMatchObject(expected));

  it("knows the tokens of token lists and estimates those of texts", () => {
    expect(parse([[1, 2], [3]]).estimateInputTokens()).toBe(3);
    expect(parse(["one two", "three"]).estimateInputTokens()).toBeGreaterThanOrEqual(3);
  });

  it.each<[string, unknown, object]>([
    ["input", undefined, {}],
    ["input", "", {}],
    ["input", [], {}],
    ["input", ["a", 1], {}],
    ["input[0]", [1.5], {}],
    ["input[1][1]", [[1], [2, -1]], {}],
    ["input", [[1], "a"], {}],
    ["input", [{}], {}],
    ["input", Array.from({ length: 400_001 }, () => 7), {}],
    ["input", Array.from({ length: 9 }, () => Array.from({ length: 50_000 }, () => 7)), {}],
    ["model", "x", { Model: "other" }],
    ["input", "x", { INPUT: "y".repeat(1000) }],
    ["input", Array.from({ length: 2049 }, () => "x"), {}],
    ["dimensions", "x", { dimensions: 0 }],
    ["encoding_format", "x", { encoding_format: 1 }],
  ])("refuses a wrong %s", (param, input, more) => {
    expect(() => parse(input, more)).toThrow(expect.objectContaining({ code: "invalid_parameter", param }));
  });

  it.each(["", "{}", '{"data":{}}', '{"data":[1,2'])("%j is garbage", (text) => {
    expect(readEmbeddingsResponse(text)).toEqual({ end: "garbage", usage: null });
  });
});

describe("errors in OpenAI's shape", () => {
  const error = new AppError("invalid_parameter", {
    param: "n",
    params: { param: "n", reason: "must be a whole number." },
  });
  const body = {
    error: {
      message: "Invalid value for 'n': must be a whole number.",
      type: "invalid_request_error",
      code: "invalid_parameter",
      param: "n",
    },
    request_id: "gen_1",
  };

  it("as a body", () => expect(JSON.parse(encodeError(error, "gen_1"))).toEqual(body));

  it("as one event inside a stream, with no [DONE] after it", () => {
    const text = new TextDecoder().decode(encodeStreamError(error, "gen_1"));
    expect(text).toBe(`data: ${JSON.stringify(body)}\n\n`);
  });
});

describe("upstream tokens", () => {
  it.each(["rate_limit_exceeded", "server_error", "1113", 3051])("%j is one", (value) =>
    expect(safeToken(value)).toBe(String(value)),
  );

  it.each([
    "sk-live-abc",
    "sk_live_1a2b3c",
    "Invalid key",
    "gsk_AbC",
    "",
    null,
    {},
    "a".repeat(49),
    "a\r\nb",
    "12",
    "123456",
    1.5,
  ])("G20: %j could be something else and is dropped", (value) => expect(safeToken(value)).toBeNull());
});

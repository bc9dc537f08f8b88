import { describe, expect, it } from "vitest";
import { AppError } from "#kernel";
import { anthropicClient, parseChatRequest, type TextRequest } from "#wire";
import { ADAPTER as ANTHROPIC } from "../../../src/providers/anthropic/adapter.ts";

const SETTINGS = {
  baseUrl: "https://api.anthropic.com/v1",
  apiKey: "sk-ant",
  fetch: () => Promise.reject(new Error("unused")),
};
const HINTS = { model: null, stream: null };
const parse = (text: string): TextRequest => anthropicClient.parseRequest(text, HINTS);

function send(request: TextRequest, outputTokens: number | null = 50, upstreamModel = "claude-opus-5") {
  const sent = ANTHROPIC.encodeRequest(SETTINGS, {
    operation: "chat.completions",
    upstreamModel,
    request,
    outputTokens,
  });
  if (sent instanceof Promise || typeof sent.body !== "string")
    throw new Error("Anthropic's requests are made at once, as text");
  return { ...sent, text: sent.body };
}

describe("asking Anthropic", () => {
  it("a caller's own text goes as it is but for the model, the maximum and our extensions; headers are ours", () => {
    const request = parse(
      '{ "model":"anthropic/claude","max_tokens":100,"messages":[{"role":"user","content":"\\u0068i"}],"temperature":1.0,"usage":{"include":true},"models":["x"],"provider":{},"stream":true}',
    );
    const sent = send(request);
    expect(sent.text).toBe(
      '{ "model":"claude-opus-5","max_tokens":50,"messages":[{"role":"user","content":"\\u0068i"}],"temperature":1.0,"stream":true}',
    );
    expect(sent).toMatchObject({
      url: "https://api.anthropic.com/v1/messages",
      headers: {
        "x-api-key": "sk-ant",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        accept: "text/event-stream",
      },
      stream: true,
      codec: { format: "anthropic-messages" },
      answerTypes: ["text/event-stream"],
      droppedParams: [],
      dropUsageChunk: false,
    });
  });

  it("G27: a model's name stands in the body alone", () => {
    const sent = send(parse('{"model":"m","messages":[{"role":"user","content":"x"}]}'), 5, "x\r\nx-evil: 1");
    expect(JSON.stringify(sent.headers)).not.toContain("evil");
    expect(sent.url).toBe("https://api.anthropic.com/v1/messages");
  });

  it("max_tokens is always sent", () => {
    const request = parse('{"model":"m","messages":[{"role":"user","content":"x"}]}');
    expect(JSON.parse(send(request, null).text)).toMatchObject({ max_tokens: 4_096 });
  });

  it.each([
    [5_000, { type: "enabled", budget_tokens: 4_999 }],
    [1_024, undefined],
    [9_000, { type: "enabled", budget_tokens: 8_000 }],
    [10_000, { type: "enabled", budget_tokens: 8_000 }],
  ])("a grant of %i leaves thinking a budget below it", (granted, thinking) => {
    const request = parse(
      '{"model":"m","max_tokens":10000,"thinking":{"type":"enabled","budget_tokens":8000},"messages":[{"role":"user","content":"x"}]}',
    );
    const body: unknown = JSON.parse(send(request, granted).text);
    expect(Reflect.get(Object(body), "thinking")).toEqual(thinking);
  });

  it("reasoning that another provider left in the conversation stays here", () => {
    const request = parse(
      '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"prismatic.gemini.g"},{"type":"text","text":"b"}]}]}',
    );
    const { text } = send(request);
    expect(text).not.toContain("prismatic.");
    expect(JSON.parse(text)).toMatchObject({
      messages: [{ content: "x" }, { content: [{ type: "text", text: "b" }] }],
    });
  });

  it("counts with what count_tokens takes, and nothing else", () => {
    const request = parse(
      '{"model":"m","max_tokens":9,"temperature":1,"stream":false,"metadata":{},"system":"s","messages":[{"role":"user","content":"x"}],"tools":[],"usage":{"include":true}}',
    );
    const sent = ANTHROPIC.encodeRequest(SETTINGS, {
      operation: "tokens.count",
      upstreamModel: "claude-opus-5",
      request,
    });
    expect(sent).toMatchObject({
      url: "https://api.anthropic.com/v1/messages/count_tokens",
      body: '{"model":"claude-opus-5","system":"s","messages":[{"role":"user","content":"x"}],"tools":[]}',
      codec: null,
      answerTypes: ["application/json"],
    });
  });

  it("a request of another format is translated, and what this Claude does not take is reported", () => {
    const request = parseChatRequest(
      '{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"x"}],"temperature":0.2,"seed":1,"stop":"END"}',
    );
    const sent = send(request);
    expect(JSON.parse(sent.text)).toEqual({
      model: "claude-opus-5",
      max_tokens: 50,
      system: [{ type: "text", text: "s" }],
      messages: [{ role: "user", content: [{ type: "text", text: "x" }] }],
      stop_sequences: ["END"],
    });
    expect([...sent.droppedParams].toSorted()).toEqual(["seed", "temperature"]);
  });

  it("JSON without a schema is refused by the caller's own name for it", () => {
    const request = parseChatRequest(
      '{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}',
    );
    expect(() => send(request)).toThrow(AppError);
  });
});

describe("Anthropic's usage", () => {
  const map = (usage: Readonly<Record<string, unknown>>) =>
    ANTHROPIC.mapUsage(usage, "chat.completions", "anthropic-messages");

  it("G14: caches stand beside the input, by their life; thinking inside the output; searches apart", () => {
    expect(
      map({
        input_tokens: 5,
        cache_read_input_tokens: 6,
        cache_creation_input_tokens: 15,
        cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 8 },
        output_tokens: 19,
        output_tokens_details: { thinking_tokens: 10 },
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
      }),
    ).toEqual({
      input: 5,
      cached_read: 6,
      cache_write_5m: 7,
      cache_write_1h: 8,
      output: 9,
      reasoning: 10,
      searches: 2,
    });
  });

  it("a cache's whole counts, also where its parts are not named or exceed it", () => {
    expect(map({ input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 5 })).toEqual({
      input: 1,
      output: 1,
      cache_write_5m: 5,
    });
    const odd = { cache_creation_input_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 9 } };
    expect(map({ input_tokens: 1, output_tokens: 1, ...odd })).toEqual({ input: 1, output: 1, cache_write_1h: 5 });
  });

  it("G13: zeros are usage; a stream that broke off names its input alone (G11)", () => {
    expect(map({ input_tokens: 0, output_tokens: 0 })).toEqual({ input: 0, output: 0 });
    expect(map({ input_tokens: 9, output_tokens: null })).toEqual({ input: 9 });
  });

  it.each([
    [{}],
    [{ output_tokens: 5 }],
    [{ input_tokens: 1.5 }],
    [{ input_tokens: -1 }],
    [{ input_tokens: 1, output_tokens: "5" }],
  ])("%j is no usage", (usage) => {
    expect(map(usage)).toBeNull();
  });
});

describe("Anthropic's errors", () => {
  const map = (status: number, type: string, headers: Record<string, string> = {}) =>
    ANTHROPIC.mapError({
      status,
      headers: new Headers(headers),
      bodyText: JSON.stringify({
        type: "error",
        error: { type, message: "CANARY sk-ant-1" },
        request_id: "req_CANARY",
      }),
      nowMs: 0,
    });

  it.each([
    [400, "invalid_request_error", "upstream_invalid_request", false],
    [400, "billing_error", "upstream_rejected", false],
    [401, "authentication_error", "upstream_rejected", false],
    [402, "billing_error", "upstream_rejected", false],
    [403, "permission_error", "upstream_rejected", false],
    [404, "not_found_error", "upstream_rejected", false],
    [413, "request_too_large", "upstream_invalid_request", false],
    [429, "rate_limit_error", "upstream_rate_limited", true],
    [500, "api_error", "upstream_error", true],
    [500, "overloaded_error", "upstream_overloaded", true],
    [504, "timeout_error", "upstream_timeout", true],
    [529, "overloaded_error", "upstream_overloaded", true],
  ])("%i %s is %s", (status, type, code, retryable) => {
    const fault = map(status, type, { "retry-after": "7" });
    expect(fault).toMatchObject({
      code,
      status,
      retryable,
      upstreamCode: type,
      retryAfterMs: retryable ? 7_000 : null,
    });
    expect(JSON.stringify(fault)).not.toContain("CANARY");
  });

  it("a body that is no error of Anthropic's is judged by its status", () => {
    const fault = ANTHROPIC.mapError({ status: 529, headers: new Headers(), bodyText: "<html>", nowMs: 0 });
    expect(fault).toMatchObject({ code: "upstream_overloaded", retryable: true, upstreamCode: null });
  });
});

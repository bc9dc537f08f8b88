import { describe, expect, it } from "vitest";
import { configureProviders, PROVIDERS } from "#providers";
import { anthropicClient, parseChatRequest, parseEmbeddingsRequest } from "#wire";
import { ADAPTER } from "../../../src/providers/workers-ai/adapter.ts";
import { WORKERS_AI } from "../../../src/providers/workers-ai/index.ts";

const unused = () => Promise.reject(new Error("unused"));
const SETTINGS = {
  baseUrl: "https://api.cloudflare.com/client/v4/accounts/a1/ai/v1",
  apiKey: "cf-key",
  fetch: unused,
};
const MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast";

describe("Workers AI", () => {
  it("is in the registry, under variables of its own, and needs its account's address", () => {
    expect(PROVIDERS).toContain(WORKERS_AI);
    const clock = { nowMs: () => 0 };
    expect(() => configureProviders({ WORKERS_AI_API_KEY: "k" }, unused, clock)).toThrow("WORKERS_AI_BASE_URL");
    const configured = configureProviders(
      { WORKERS_AI_API_KEY: "k", WORKERS_AI_BASE_URL: `${SETTINGS.baseUrl}/` },
      unused,
      clock,
    );
    expect(configured.get("workers-ai")?.settings).toMatchObject({ baseUrl: SETTINGS.baseUrl, apiKey: "k" });
  });

  it("is asked in OpenAI's words, below the account's address", async () => {
    const request = parseChatRequest(
      '{"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":9,"user":"u","stream":true}',
    );
    const sent = await ADAPTER.encodeRequest(SETTINGS, {
      operation: "chat.completions",
      upstreamModel: MODEL,
      request,
      outputTokens: 5,
    });
    expect(sent).toMatchObject({
      url: `${SETTINGS.baseUrl}/chat/completions`,
      headers: { authorization: "Bearer cf-key", accept: "text/event-stream" },
      codec: { format: "openai-chat" },
      droppedParams: ["user"],
      dropUsageChunk: true,
    });
    expect(JSON.parse(String(sent.body))).toEqual({
      model: MODEL,
      messages: [{ role: "user", content: "x" }],
      max_tokens: 5,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("is asked in OpenAI's words for a caller of another format too", async () => {
    const request = anthropicClient.parseRequest(
      '{"model":"m","max_tokens":9,"system":"s","messages":[{"role":"user","content":"x"}]}',
      { model: null, stream: null },
    );
    const sent = await ADAPTER.encodeRequest(SETTINGS, {
      operation: "chat.completions",
      upstreamModel: MODEL,
      request,
      outputTokens: 5,
    });
    expect(JSON.parse(String(sent.body))).toMatchObject({ model: MODEL, max_tokens: 5, messages: [{}, {}] });
    expect(sent.codec?.format).toBe("openai-chat");
  });

  it("vectors come as the caller's client reads them, though Cloudflare sends numbers only", async () => {
    const answer = JSON.stringify({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [1, -0.5] }],
      model: "@cf/baai/bge-m3",
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    const ask = async (body: object) => {
      const request = parseEmbeddingsRequest(JSON.stringify({ model: "m", input: "x", ...body }));
      const upstreamModel = "@cf/baai/bge-m3";
      return ADAPTER.encodeRequest(SETTINGS, { operation: "embeddings", upstreamModel, request });
    };
    const sent = await ask({ encoding_format: "base64" });
    expect(sent.url).toBe(`${SETTINGS.baseUrl}/embeddings`);
    const decoded = sent.decodeAnswer?.(answer);
    const read: unknown = typeof decoded === "string" ? JSON.parse(decoded) : decoded;
    const base64 = Buffer.from(Float32Array.of(1, -0.5).buffer).toString("base64");
    expect(read).toMatchObject({ data: [{ embedding: base64, index: 0 }], usage: { prompt_tokens: 3 } });
    expect((await ask({})).decodeAnswer?.(answer)).toBe(answer);
    expect((await ask({ input: ["x", "y"] })).decodeAnswer?.(answer)).toBeNull();
    expect((await ask({})).decodeAnswer?.('{"success":false,"errors":[]}')).toBeNull();
    expect((await ask({})).decodeAnswer?.("<html>")).toBeNull();
    expect(ADAPTER.mapUsage({ prompt_tokens: 3, total_tokens: 3 }, "embeddings", null)).toEqual({ input: 3 });
  });
});

describe("Cloudflare's refusals in our codes", () => {
  const map = (status: number, code: unknown, headers: Record<string, string> = {}) =>
    ADAPTER.mapError({
      status,
      headers: new Headers(headers),
      bodyText: JSON.stringify({ result: null, success: false, errors: [{ code, message: "secret words" }] }),
      nowMs: 0,
    });

  it.each([
    [400, 5004, "upstream_invalid_request", false],
    [400, 5007, "upstream_rejected", false],
    [400, 6003, "upstream_rejected", false],
    [401, 10_000, "upstream_rejected", false],
    [403, 5016, "upstream_rejected", false],
    [404, 3042, "upstream_rejected", false],
    [405, 5019, "upstream_rejected", false],
    [408, 3007, "upstream_timeout", true],
    [413, 3006, "upstream_invalid_request", false],
    [429, 3036, "upstream_rejected", false],
    [429, 3040, "upstream_overloaded", true],
    [429, 10_429, "upstream_rate_limited", true],
    [500, 7009, "upstream_overloaded", true],
    [502, 1031, "upstream_error", true],
  ])("%i with %i is %s", (status, code, expected, retryable) => {
    const fault = map(status, code, { "retry-after": "2" });
    expect(fault).toEqual({
      code: expected,
      status,
      upstreamCode: String(code),
      upstreamParam: null,
      retryAfterMs: retryable ? 2_000 : null,
      retryable,
    });
  });

  it("a code that is none, and a body that is none, leave the status to speak", () => {
    expect(map(429, "do what I say")).toMatchObject({ code: "upstream_rate_limited", upstreamCode: null });
    const page = { status: 503, headers: new Headers(), bodyText: "<html>secret</html>", nowMs: 0 };
    expect(ADAPTER.mapError(page)).toMatchObject({ code: "upstream_overloaded", upstreamCode: null });
  });

  it("an error in OpenAI's own shape is read as OpenAI's", () => {
    const bodyText = JSON.stringify({ error: { code: "context_length_exceeded", message: "…", param: "messages" } });
    expect(ADAPTER.mapError({ status: 400, headers: new Headers(), bodyText, nowMs: 0 })).toMatchObject({
      upstreamCode: "context_length_exceeded",
      upstreamParam: "messages",
    });
  });
});

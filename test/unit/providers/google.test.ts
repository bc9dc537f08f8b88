import { describe, expect, it } from "vitest";
import { geminiClient, parseChatRequest, parseEmbeddingsRequest, type TextRequest } from "#wire";
import { ADAPTER } from "../../../src/providers/google/adapter.ts";
import { refusal } from "../../support/wire/refusal.ts";

const BASE = "https://generativelanguage.googleapis.com/v1beta";
const SETTINGS = { baseUrl: BASE, apiKey: "g-key", fetch: () => Promise.reject(new Error("unused")) };
const MODEL = "gemini-3-pro-preview";

const parse = (text: string, stream = false): TextRequest =>
  geminiClient.parseRequest(text, { model: "google/m", stream });
const send = async (request: TextRequest, outputTokens: number | null = 5, upstreamModel = MODEL) => {
  const sent = await ADAPTER.encodeRequest(SETTINGS, {
    operation: "chat.completions",
    upstreamModel,
    request,
    outputTokens,
  });
  return { ...sent, text: String(sent.body) };
};

describe("asking Google", () => {
  it("a caller's own text goes as it is but for the maximum and our extensions", async () => {
    const text =
      '{ "contents":[{"parts":[{"text":"\\u0068i"}]}],"safetySettings":[],"generation_config":{"max_output_tokens":9,"temperature":1.0},"usage":{"include":true},"models":["x"],"provider":{},"model":"other"}';
    const sent = await send(parse(text, true));
    expect(sent.text).toBe(
      '{ "contents":[{"parts":[{"text":"\\u0068i"}]}],"safetySettings":[],"generationConfig":{"temperature":1.0,"maxOutputTokens":5}}',
    );
    expect(sent).toMatchObject({
      url: `${BASE}/models/${MODEL}:streamGenerateContent?alt=sse`,
      headers: { "x-goog-api-key": "g-key", "content-type": "application/json" },
      stream: true,
      answerTypes: ["text/event-stream"],
      droppedParams: [],
      dropUsageChunk: false,
    });
    expect((await send(parse(text))).url).toBe(`${BASE}/models/${MODEL}:generateContent`);
  });

  it("G27: a model's name is one segment of the address, whatever it holds", async () => {
    const { url, headers } = await send(parse('{"contents":[{"parts":[{"text":"x"}]}]}'), 5, "../a?b#c\r\nx: 1");
    expect(url).toBe(`${BASE}/models/..%2Fa%3Fb%23c%0D%0Ax%3A%201:generateContent`);
    expect(JSON.stringify(headers)).not.toContain("x: 1");
  });

  it("what other makers signed stays here; Google's own signatures go back", async () => {
    const signed = (value: string) => ({ thoughtSignature: value });
    const contents = [
      { role: "user", parts: [{ text: "x" }] },
      {
        role: "model",
        parts: [
          { text: "hm", thought: true },
          { text: "", thought: true, ...signed("prismatic.anthropic-messages.A") },
          { text: "", ...signed("prismatic.openai-responses.B") },
          { text: "said", ...signed("prismatic.gemini2.C") },
          { functionCall: { name: "f" }, thought_signature: "prismatic.bedrock-converse.D" },
          { functionCall: { name: "g" }, ...signed("own") },
        ],
      },
      { role: "model", parts: [{ text: "", ...signed("prismatic.openai-responses.B") }] },
    ];
    const request = parse(JSON.stringify({ contents, systemInstruction: "s" }));
    const { text } = await send(request);
    expect(text).not.toContain("prismatic.");
    expect(JSON.parse(text)).toMatchObject({
      systemInstruction: "s",
      contents: [
        contents[0],
        {
          role: "model",
          parts: [
            { text: "hm", thought: true },
            { text: "said" },
            { functionCall: { name: "f" }, thoughtSignature: "skip_thought_signature_validator" },
            { functionCall: { name: "g" }, thoughtSignature: "own" },
          ],
        },
      ],
    });
    expect((await send(request, 5, "gemini-2.5-flash")).text).not.toContain("skip_thought");
  });

  it("a request of another format is translated, and what Gemini does not take is reported or refused", async () => {
    const body = { model: "m", messages: [{ role: "user", content: "x" }], user: "u", temperature: 0.5 };
    const sent = await send(parseChatRequest(JSON.stringify(body)));
    expect(JSON.parse(sent.text)).toEqual({
      contents: [{ role: "user", parts: [{ text: "x" }] }],
      generationConfig: { maxOutputTokens: 5, temperature: 0.5 },
    });
    expect(sent.droppedParams).toEqual(["user"]);
    const biased = parseChatRequest(JSON.stringify({ ...body, logit_bias: { "1": 1 } }));
    await expect(send(biased)).rejects.toMatchObject({ code: "unsupported_parameter", param: "logit_bias" });
  });

  it("counts the conversation as the model would read it", async () => {
    const request = parse('{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":9}}');
    const sent = await ADAPTER.encodeRequest(SETTINGS, { operation: "tokens.count", upstreamModel: MODEL, request });
    expect(sent.url).toBe(`${BASE}/models/${MODEL}:countTokens`);
    expect(JSON.parse(String(sent.body))).toEqual({
      generateContentRequest: {
        model: `models/${MODEL}`,
        contents: [{ parts: [{ text: "x" }] }],
        generationConfig: { maxOutputTokens: 9 },
      },
    });
  });

  it("embeddings are asked one by one in one request, and answered in OpenAI's shape", async () => {
    const request = parseEmbeddingsRequest('{"model":"m","input":["a","b"],"dimensions":2,"encoding_format":"base64"}');
    const upstreamModel = "gemini-embedding-001";
    const sent = await ADAPTER.encodeRequest(SETTINGS, { operation: "embeddings", upstreamModel, request });
    expect(sent.url).toBe(`${BASE}/models/${upstreamModel}:batchEmbedContents`);
    const one = (text: string) => ({
      model: `models/${upstreamModel}`,
      content: { parts: [{ text }] },
      outputDimensionality: 2,
    });
    expect(JSON.parse(String(sent.body))).toEqual({ requests: [one("a"), one("b")] });
    const answered = sent.decodeAnswer?.('{"embeddings":[{"values":[1,2]},{"values":[3,4]}]}');
    const answer: unknown = typeof answered === "string" ? JSON.parse(answered) : null;
    const base64 = Buffer.from(Float32Array.of(3, 4).buffer).toString("base64");
    expect(answer).toMatchObject({ object: "list", data: [{ index: 0 }, { index: 1, embedding: base64 }] });
    expect(answer).not.toHaveProperty("usage");
    expect(sent.decodeAnswer?.('{"embeddings":[{"values":[1,2]}]}')).toBeNull();
    expect(sent.decodeAnswer?.("<html>")).toBeNull();
    const tokens = parseEmbeddingsRequest('{"model":"m","input":[1,2]}');
    const asking = () => ADAPTER.encodeRequest(SETTINGS, { operation: "embeddings", upstreamModel, request: tokens });
    expect(refusal(asking)).toMatchObject({ code: "unsupported_parameter", param: "input" });
  });
});

describe("Google's usage", () => {
  const map = (usage: Readonly<Record<string, unknown>>) => ADAPTER.mapUsage(usage, "chat.completions", "gemini");

  it("G14: what was cached is in the prompt, results of tools on top of it, thoughts beside the candidates", () => {
    expect(
      map({
        promptTokenCount: 100,
        cachedContentTokenCount: 40,
        toolUsePromptTokenCount: 7,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 10,
        totalTokenCount: 137,
      }),
    ).toEqual({ input: 67, cached_read: 40, output: 20, reasoning: 10 });
  });

  it("sound and pictures have buckets of their own, cached sound too", () => {
    expect(
      map({
        promptTokenCount: 100,
        cachedContentTokenCount: 30,
        candidatesTokenCount: 50,
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 40 },
          { modality: "AUDIO", tokenCount: 60 },
        ],
        cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 20 }],
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 45 }],
      }),
    ).toEqual({ input: 30, cached_read: 10, audio_cached_read: 20, audio_in: 40, output: 5, image_out: 45 });
  });

  it.each<[Readonly<Record<string, unknown>>, unknown]>([
    [
      { promptTokenCount: 0, candidatesTokenCount: 0 },
      { input: 0, output: 0 },
    ],
    [{ promptTokenCount: 9 }, { input: 9, output: 0 }],
    [
      { promptTokenCount: 5, cachedContentTokenCount: 9 },
      { input: 0, cached_read: 5, output: 0 },
    ],
    [{ candidatesTokenCount: 9 }, null],
    [{ promptTokenCount: -1 }, null],
    [{ promptTokenCount: 1.5 }, null],
    [{ promptTokenCount: "9" }, null],
    [{ promptTokenCount: 1, thoughtsTokenCount: 1e300 }, null],
    [{}, null],
  ])("G13: %j is %j", (usage, expected) => {
    expect(map(usage)).toEqual(expected);
  });
});

describe("Google's refusals in our codes", () => {
  const map = (code: number, status: string, details: readonly object[] = [], headers: Record<string, string> = {}) =>
    ADAPTER.mapError({
      status: code,
      headers: new Headers(headers),
      bodyText: JSON.stringify({ error: { code, status, message: "secret words", details } }),
      nowMs: 0,
    });

  it.each([
    [400, "INVALID_ARGUMENT", "upstream_invalid_request", false],
    [400, "FAILED_PRECONDITION", "upstream_rejected", false],
    [401, "UNAUTHENTICATED", "upstream_rejected", false],
    [403, "PERMISSION_DENIED", "upstream_rejected", false],
    [404, "NOT_FOUND", "upstream_rejected", false],
    [429, "RESOURCE_EXHAUSTED", "upstream_rate_limited", true],
    [500, "INTERNAL", "upstream_error", true],
    [503, "UNAVAILABLE", "upstream_overloaded", true],
    [504, "DEADLINE_EXCEEDED", "upstream_timeout", true],
  ])("%i %s is %s", (code, status, expected, retryable) => {
    expect(map(code, status)).toEqual({
      code: expected,
      status: code,
      upstreamCode: status.toLowerCase(),
      upstreamParam: null,
      retryAfterMs: null,
      retryable,
    });
  });

  it("a key that Google does not know is ours, though it says 400", () => {
    expect(map(400, "INVALID_ARGUMENT", [{ reason: "API_KEY_INVALID" }])).toMatchObject({
      code: "upstream_rejected",
      retryable: false,
    });
  });

  it.each([
    ["34.4s", 34_400],
    ["0s", 0],
    ["99999s", 3_600_000],
    ["soon", null],
  ])("a wait of %s is %s ms", (retryDelay, expected) => {
    const info = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay };
    expect(map(429, "RESOURCE_EXHAUSTED", [{ reason: "X" }, info]).retryAfterMs).toBe(expected);
    expect(map(400, "INVALID_ARGUMENT", [info]).retryAfterMs).toBeNull();
  });

  it("the header goes before the body's wait; an error in an array is one; other pages say only their status", () => {
    expect(map(429, "X", [{ retryDelay: "9s" }], { "retry-after": "2" }).retryAfterMs).toBe(2_000);
    const read = (bodyText: string) => ADAPTER.mapError({ status: 503, headers: new Headers(), bodyText, nowMs: 0 });
    expect(read('[{"error":{"status":"UNAVAILABLE"}}]').upstreamCode).toBe("unavailable");
    expect(read("<html>secret</html>")).toMatchObject({ code: "upstream_overloaded", upstreamCode: null });
    expect(read('{"error":{"status":"do what I say"}}').upstreamCode).toBeNull();
  });
});

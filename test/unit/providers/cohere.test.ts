import { describe, expect, it } from "vitest";
import { parseChatRequest, parseEmbeddingsRequest } from "#wire";
import { ADAPTER } from "../../../src/providers/cohere/adapter.ts";
import { refusal } from "../../support/wire/refusal.ts";

const BASE = "https://api.cohere.com/v2";
const SETTINGS = { baseUrl: BASE, apiKey: "co-key", fetch: () => Promise.reject(new Error("unused")) };
const MODEL = "command-a-03-2025";

const send = async (body: object) =>
  ADAPTER.encodeRequest(SETTINGS, {
    operation: "chat.completions",
    upstreamModel: MODEL,
    request: parseChatRequest(JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }], ...body })),
    outputTokens: 5,
  });

describe("asking Cohere", () => {
  it.each([
    [true, "text/event-stream"],
    [false, "application/json"],
  ])("a chat goes in Cohere's own words (streamed: %s)", async (stream, type) => {
    const sent = await send({ stream, user: "u", top_p: 0.5 });
    expect(sent).toMatchObject({
      url: `${BASE}/chat`,
      headers: { authorization: "Bearer co-key", accept: type },
      stream,
      answerTypes: [type],
      droppedParams: ["user"],
    });
    expect(JSON.parse(String(sent.body))).toEqual({
      model: MODEL,
      stream,
      messages: [{ role: "user", content: [{ type: "text", text: "x" }] }],
      max_tokens: 5,
      p: 0.5,
    });
  });

  it.each([
    ["logprobs", { logprobs: true }],
    ["n", { n: 2 }],
    ["logit_bias", { logit_bias: { "1": 1 } }],
  ])("refuses %s by name", async (param, body) => {
    await expect(send(body)).rejects.toMatchObject({ code: "unsupported_parameter", param });
  });

  const embed = (body: object) => {
    const request = parseEmbeddingsRequest(JSON.stringify({ model: "m", input: ["a", "b"], ...body }));
    return ADAPTER.encodeRequest(SETTINGS, { operation: "embeddings", upstreamModel: "embed-v4.0", request });
  };

  it("embeddings are asked as documents unless the caller says otherwise, and answered in OpenAI's shape", async () => {
    const sent = await embed({ dimensions: 256 });
    expect(sent.url).toBe(`${BASE}/embed`);
    expect(JSON.parse(String(sent.body))).toEqual({
      model: "embed-v4.0",
      texts: ["a", "b"],
      input_type: "search_document",
      embedding_types: ["float"],
      output_dimension: 256,
    });
    expect(String((await embed({ input_type: "search_query" })).body)).toContain('"input_type":"search_query"');
    const answer = '{"embeddings":{"float":[[1,2],[3,4]]},"meta":{"billed_units":{"input_tokens":2}}}';
    const answered = sent.decodeAnswer?.(answer);
    const read: unknown = typeof answered === "string" ? JSON.parse(answered) : null;
    expect(read).toMatchObject({
      data: [
        { index: 0, embedding: [1, 2] },
        { index: 1, embedding: [3, 4] },
      ],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    });
    expect(ADAPTER.mapUsage({ prompt_tokens: 2, total_tokens: 2 }, "embeddings", null)).toEqual({ input: 2 });
    expect(sent.decodeAnswer?.('{"embeddings":{"float":[[1,2]]}}')).toBeNull();
    expect(sent.decodeAnswer?.("<html>")).toBeNull();
    expect(refusal(() => embed({ input: [1, 2] }))).toMatchObject({ code: "unsupported_parameter", param: "input" });
  });
});

describe("Cohere's usage", () => {
  const map = (usage: Readonly<Record<string, unknown>>) => ADAPTER.mapUsage(usage, "chat.completions", "cohere-chat");

  it.each<[Readonly<Record<string, unknown>>, unknown]>([
    [
      { billed_units: { input_tokens: 10, output_tokens: 5 }, tokens: { input_tokens: 70, output_tokens: 6 } },
      { input: 10, output: 5 },
    ],
    [{ tokens: { input_tokens: 70, output_tokens: 6 } }, { input: 70, output: 6 }],
    [
      {
        billed_units: { input_tokens: 11, output_tokens: 5 },
        tokens: { input_tokens: 507, output_tokens: 6 },
        cached_tokens: 448,
      },
      { input: 11, output: 5 },
    ],
    [{ billed_units: { input_tokens: 0, output_tokens: 0 } }, { input: 0, output: 0 }],
    [{ billed_units: { input_tokens: 1.5, output_tokens: 0 } }, null],
    [{ billed_units: { output_tokens: 1 } }, null],
    [{}, null],
  ])("G13, G14: %j is %j", (usage, expected) => {
    expect(map(usage)).toEqual(expected);
  });
});

describe("Cohere's refusals in our codes", () => {
  it.each([
    [400, "upstream_invalid_request", false],
    [401, "upstream_rejected", false],
    [402, "upstream_rejected", false],
    [403, "upstream_rejected", false],
    [404, "upstream_rejected", false],
    [422, "upstream_invalid_request", false],
    [429, "upstream_rate_limited", true],
    [498, "upstream_invalid_request", false],
    [499, "upstream_error", false],
    [500, "upstream_error", true],
    [501, "upstream_error", false],
    [503, "upstream_overloaded", true],
    [504, "upstream_timeout", true],
  ])("%i is %s", (status, code, retryable) => {
    const bodyText = JSON.stringify({ id: "secret", message: "secret words" });
    const fault = ADAPTER.mapError({ status, headers: new Headers({ "retry-after": "2" }), bodyText, nowMs: 0 });
    expect(fault).toEqual({
      code,
      status,
      upstreamCode: null,
      upstreamParam: null,
      retryAfterMs: retryable ? 2_000 : null,
      retryable,
    });
  });
});

import { describe, expect, it } from "vitest";
import { faultToError, MAX_RETRY_AFTER_MS, type UpstreamFault } from "#providers";
import { ADAPTERS } from "./adapters.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 0);

function map(status: number, bodyText = "", headers: Record<string, string> = {}): UpstreamFault {
  const adapter = ADAPTERS.get("openai");
  if (!adapter) throw new Error("no openai");
  return adapter.mapError({ status, headers: new Headers(headers), bodyText, nowMs: NOW_MS });
}
const body = (error: object): string => JSON.stringify({ error });

describe("an upstream's refusal in our codes", () => {
  it.each<[number, UpstreamFault["code"], boolean]>([
    [400, "upstream_invalid_request", false],
    [401, "upstream_rejected", false],
    [402, "upstream_rejected", false],
    [403, "upstream_rejected", false],
    [404, "upstream_rejected", false],
    [408, "upstream_timeout", true],
    [413, "upstream_invalid_request", false],
    [422, "upstream_invalid_request", false],
    [429, "upstream_rate_limited", true],
    [498, "upstream_overloaded", true],
    [500, "upstream_error", true],
    [501, "upstream_error", false],
    [502, "upstream_error", true],
    [503, "upstream_overloaded", true],
    [504, "upstream_timeout", true],
    [529, "upstream_overloaded", true],
    [302, "upstream_error", false],
    [204, "upstream_error", false],
    [418, "upstream_error", false],
  ])("%i is %s, retryable %s", (status, code, retryable) => {
    expect(map(status)).toMatchObject({ status, code, retryable, upstreamCode: null });
  });

  /** Each provider's own body, as its documentation or its callers' reports show it. */
  it.each<[string, number, object, string | null, string | null]>([
    [
      "openai",
      400,
      {
        error: {
          message: "…",
          type: "invalid_request_error",
          param: "max_tokens",
          code: "unsupported_parameter",
        },
      },
      "unsupported_parameter",
      "max_tokens",
    ],
    ["groq", 400, { error: { message: "…", type: "invalid_request_error" } }, "invalid_request_error", null],
    [
      "mistral",
      422,
      {
        object: "error",
        message: { detail: [{ type: "extra_forbidden", loc: ["body", "x"], msg: "…", input: {} }] },
        type: "invalid_request_error",
        param: null,
        code: null,
      },
      "invalid_request_error",
      null,
    ],
    [
      "deepseek",
      402,
      { error: { message: "…", type: "unknown_error", param: null, code: "invalid_request_error" } },
      "invalid_request_error",
      null,
    ],
    ["xai", 400, { code: "Client specified an invalid argument", error: "…" }, null, null],
    [
      "together",
      422,
      { id: "x", error: { message: "…", type: "invalid_request_error", param: "max_tokens", code: null } },
      "invalid_request_error",
      "max_tokens",
    ],
    [
      "fireworks",
      400,
      { error: { object: "error", type: "invalid_request_error", message: "…" } },
      "invalid_request_error",
      null,
    ],
    [
      "cerebras",
      400,
      { message: "…", type: "invalid_request_error", param: "temperature", code: "wrong_api_format" },
      "wrong_api_format",
      "temperature",
    ],
    ["perplexity", 400, { error: { message: "…", type: "invalid_model", code: 400 } }, "400", null],
    ["moonshot", 429, { error: { message: "…", type: "rate_limit_reached_error" } }, "rate_limit_reached_error", null],
    [
      "qwen",
      400,
      {
        error: { code: "invalid_parameter_error", param: null, message: "…", type: "invalid_request_error" },
        request_id: "x",
      },
      "invalid_parameter_error",
      null,
    ],
    ["zhipu", 429, { error: { code: "1302", message: "…" } }, "1302", null],
    [
      "minimax",
      400,
      { type: "error", error: { type: "bad_request_error", message: "…", http_code: "400" } },
      "bad_request_error",
      null,
    ],
    ["nvidia", 404, { status: 404, title: "Not Found", detail: "Function 'x': Not found for account 'y'" }, null, null],
    ["nvidia", 422, { detail: [{ loc: ["body", "n"], msg: "…", type: "value_error" }] }, null, null],
    ["huggingface", 400, { error: "…" }, null, null],
    ["openrouter", 402, { error: { code: 402, message: "…", metadata: { raw: "…" } }, user_id: "x" }, "402", null],
    [
      "sambanova",
      400,
      { error: { code: null, message: "…", param: null, type: "invalid_request_error" } },
      "invalid_request_error",
      null,
    ],
    ["novita", 400, { code: 400, reason: "INVALID_REQUEST_BODY", message: "…", metadata: {} }, "400", null],
    ["baseten", 429, { error: "…" }, null, null],
    [
      "ollama",
      404,
      { error: { message: "…", type: "not_found_error", param: null, code: null } },
      "not_found_error",
      null,
    ],
    ["vllm", 400, { object: "error", message: "…", type: "BadRequestError", param: null, code: 400 }, "400", null],
  ])("reads %s's own body of a %i", (id, status, answer, upstreamCode, upstreamParam) => {
    const fault = ADAPTERS.get(id)?.mapError({
      status,
      headers: new Headers(),
      bodyText: JSON.stringify(answer),
      nowMs: NOW_MS,
    });
    expect(fault).toMatchObject({ status, upstreamCode, upstreamParam });
    expect(JSON.stringify(fault)).not.toContain("…");
  });

  it("429 for want of credit is ours to pay, so nobody should retry it", () => {
    expect(
      map(429, body({ code: "insufficient_quota", type: "insufficient_quota" }), { "retry-after": "3" }),
    ).toMatchObject({
      code: "upstream_rejected",
      retryable: false,
      retryAfterMs: null,
    });
  });

  it("keeps the code and the parameter's first name of a refused request", () => {
    const fault = map(
      400,
      body({
        message: "…",
        type: "invalid_request_error",
        param: "messages[0].content",
        code: "context_length_exceeded",
      }),
    );
    expect(fault).toMatchObject({ upstreamCode: "context_length_exceeded", upstreamParam: "messages" });
    const error = faultToError(fault);
    expect(error).toMatchObject({ code: "upstream_invalid_request", param: "messages" });
    expect(error.message).toBe("The provider refused this request as invalid (context_length_exceeded).");
  });

  it("reads the flat shapes too", () => {
    expect(
      map(400, '{"object":"error","message":"…","type":"invalid_request_message_order","param":null,"code":"3230"}')
        .upstreamCode,
    ).toBe("3230");
    expect(map(400, '{"code":"invalid_argument","error":"Some sentence."}').upstreamCode).toBe("invalid_argument");
    expect(map(422, '{"detail":[{"loc":["body","x"],"msg":"extra"}]}').upstreamCode).toBeNull();
  });

  it.each([
    body({
      message: "Incorrect API key provided: sk-proj-SECRET1",
      type: "sk-proj-SECRET1",
      code: "sk-proj-SECRET1",
      param: "SECRET1",
    }),
    body({ message: { key: "SECRET1" }, code: { key: "SECRET1" }, type: ["SECRET1"], param: { x: "SECRET1" } }),
    '{"error":"SECRET1","code":"SECRET1 SECRET1"}',
    "<html>SECRET1</html>",
    "\u0000SECRET1",
    "",
  ])("S3, G20: nothing of the upstream's text is left in the fault or the error: %j", (text) => {
    for (const status of [400, 401, 429, 500]) {
      const fault = map(status, text, { "retry-after": "SECRET1", "x-key": "SECRET1" });
      const error = faultToError(fault);
      expect(`${JSON.stringify(fault)}${error.message}${String(error.param)}${String(error.cause)}`).not.toContain(
        "SECRET1",
      );
    }
  });
});

describe("how long a provider asks to wait", () => {
  it.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "0.25" }, 250],
    [{ "retry-after-ms": "120", "retry-after": "2" }, 120],
    [{ "retry-after": "Fri, 20 Nov 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "99999999" }, MAX_RETRY_AFTER_MS],
    [{ "retry-after": "-1" }, null],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "1e9" }, null],
    [
      {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1m30.5s",
        "x-ratelimit-remaining-tokens": "5",
        "x-ratelimit-reset-tokens": "6h",
      },
      90_500,
    ],
    [
      {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "2s",
      },
      2_000,
    ],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
    [{ "x-ratelimit-remaining-tokens": "7", "x-ratelimit-reset-tokens": "6m0s" }, null],
    [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "never" }, null],
  ])("%j", (headers, expected) => {
    expect(map(429, "", headers).retryAfterMs).toBe(expected);
  });

  it("is no advice where a retry does not help", () =>
    expect(map(400, "", { "retry-after": "2" }).retryAfterMs).toBeNull());
});

import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { anthropicClient, parseChatRequest, type TextRequest } from "#wire";
import { ADAPTER } from "../../../src/providers/bedrock/adapter.ts";
import { readCredential, regionOf } from "../../../src/providers/bedrock/credential.ts";

const BASE = "https://bedrock-runtime.eu-central-1.amazonaws.com";
const KEY = "AKIDEXAMPLE:se/cr+et=:session/token";
const SETTINGS = { baseUrl: BASE, apiKey: KEY, fetch: () => Promise.reject(new Error("unused")) };
const CLAUDE = "eu.anthropic.claude-opus-4-5-20251101-v1:0";
const NOVA = "amazon.nova-pro-v1:0";
const LLAMA = "meta.llama4-scout-17b-instruct-v1:0";

const chat = (more: object = {}): TextRequest =>
  parseChatRequest(JSON.stringify({ model: "m", messages: [{ role: "user", content: "ä" }], ...more }));
const send = (
  request: TextRequest,
  upstreamModel = CLAUDE,
  settings: { baseUrl: string; apiKey: string | null } = SETTINGS,
) =>
  ADAPTER.encodeRequest(
    { ...SETTINGS, ...settings },
    { operation: "chat.completions", upstreamModel, request, outputTokens: 50 },
  );

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Uint8Array, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();

/** AWS's signature version 4, computed from its published steps and nothing of ours. */
function signatureOf(url: string, headers: Readonly<Record<string, string>>, body: string): string {
  const authorization = headers["authorization"] ?? "";
  const scope = /Credential=[^/]+\/([^,]+)/.exec(authorization)?.[1] ?? "";
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1] ?? "";
  const { host, pathname } = new URL(url);
  const path = pathname.split("/").map(encodeURIComponent).join("/");
  const values = signed.split(";").map((name) => `${name}:${name === "host" ? host : headers[name]}\n`);
  const canonical = ["POST", path, "", values.join(""), signed, hash(body)].join("\n");
  const [date = "", region = "", service = "", terminal = ""] = scope.split("/");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n");
  const key = [date, region, service, terminal].reduce<string | Uint8Array>(hmac, "AWS4se/cr+et=");
  return Buffer.from(hmac(key, toSign)).toString("hex");
}

describe("asking Bedrock", () => {
  it.each([
    [true, "converse-stream", "application/vnd.amazon.eventstream"],
    [false, "converse", "application/json"],
  ])("a request is signed for its region and its very body (streamed: %s)", async (stream, path, type) => {
    const sent = await send(chat({ stream }));
    expect(sent).toMatchObject({
      url: `${BASE}/model/eu.anthropic.claude-opus-4-5-20251101-v1%3A0/${path}`,
      stream,
      answerTypes: [type],
      headers: { accept: type, "content-type": "application/json", "x-amz-security-token": "session/token" },
    });
    const authorization = sent.headers["authorization"] ?? "";
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, /,
    );
    expect(authorization).toContain(`Signature=${signatureOf(sent.url, sent.headers, String(sent.body))}`);
    expect(sent.headers).not.toHaveProperty("host");
    expect(JSON.stringify(sent.headers)).not.toContain("se/cr+et");
  });

  it("G27: a model's name is one segment of the address", async () => {
    const { url } = await send(chat(), "arn:aws:bedrock:x/../y?z");
    expect(url).toBe(`${BASE}/model/arn%3Aaws%3Abedrock%3Ax%2F..%2Fy%3Fz/converse`);
  });

  it.each(["", "only-one-part", "a:b:c:d", ":b", null])(
    "%j is no credential, and is told by none of its letters",
    async (apiKey) => {
      await expect(send(chat(), CLAUDE, { baseUrl: BASE, apiKey })).rejects.toMatchObject({
        code: "upstream_rejected",
      });
    },
  );

  it("a credential may have no session; another host means the first region", () => {
    expect(readCredential("a:b")).toEqual({ accessKeyId: "a", secretAccessKey: "b", sessionToken: null });
    expect(regionOf("https://bedrock-runtime-fips.us-west-2.amazonaws.com")).toBe("us-west-2");
    expect(regionOf("http://127.0.0.1:9/bedrock")).toBe("us-east-1");
  });

  it("what a model does not take is reported, or refused by the caller's own name for it", async () => {
    const thinking = { reasoning_effort: "low", temperature: 0.5 };
    const cached = anthropicClient.parseRequest(
      '{"model":"m","max_tokens":9,"top_k":3,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]}',
      { model: null, stream: null },
    );
    expect((await send(chat(thinking))).droppedParams).toEqual(["temperature"]);
    expect((await send(chat(thinking), LLAMA)).droppedParams).toEqual(["reasoning_effort"]);
    expect((await send(cached)).droppedParams).toEqual([]);
    await expect(send(cached, LLAMA)).rejects.toMatchObject({ code: "unsupported_parameter", param: "top_k" });
    await expect(send(chat({ seed: 1 }))).rejects.toMatchObject({ code: "unsupported_parameter", param: "seed" });
  });

  it("cache markers are dropped, and said to be, where the maker has no cache", async () => {
    const marked = anthropicClient.parseRequest(
      '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]}',
      { model: null, stream: null },
    );
    const [nova, llama] = [await send(marked, NOVA), await send(marked, LLAMA)];
    expect(nova).toMatchObject({ droppedParams: [], body: expect.stringContaining("cachePoint") });
    expect(llama.droppedParams.length).toBe(1);
    expect(String(llama.body)).not.toContain("cachePoint");
  });
});

describe("Bedrock's usage", () => {
  const map = (usage: Readonly<Record<string, unknown>>) =>
    ADAPTER.mapUsage(usage, "chat.completions", "bedrock-converse");

  it("G14: caches stand beside the input, by their life", () => {
    expect(
      map({
        inputTokens: 5,
        outputTokens: 6,
        cacheReadInputTokens: 7,
        cacheWriteInputTokens: 10,
        cacheDetails: [
          { ttl: "5m", inputTokens: 4 },
          { ttl: "1h", inputTokens: 6 },
        ],
      }),
    ).toEqual({ input: 5, output: 6, cached_read: 7, cache_write_5m: 4, cache_write_1h: 6 });
  });

  it.each<[Readonly<Record<string, unknown>>, unknown]>([
    [
      { inputTokens: 0, outputTokens: 0 },
      { input: 0, output: 0 },
    ],
    [
      { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: null },
      { input: 1, output: 2 },
    ],
    [
      { inputTokens: 1, outputTokens: 2, cacheWriteInputTokens: 3, cacheDetails: [{ ttl: "1h", inputTokens: 99 }] },
      { input: 1, output: 2, cache_write_1h: 3 },
    ],
    [{ inputTokens: 1 }, null],
    [{ inputTokens: -1, outputTokens: 2 }, null],
    [{ inputTokens: 1, outputTokens: 2.5 }, null],
    [{ inputTokens: 1, outputTokens: 2, cacheReadInputTokens: "3" }, null],
  ])("G13: %j is %j", (usage, expected) => {
    expect(map(usage)).toEqual(expected);
  });
});

describe("AWS's refusals in our codes", () => {
  const map = (status: number, exception: string | null, headers: Record<string, string> = {}) =>
    ADAPTER.mapError({
      status,
      headers: new Headers({ ...headers, ...(exception === null ? {} : { "x-amzn-errortype": exception }) }),
      bodyText: '{"message":"secret words"}',
      nowMs: 0,
    });

  it.each([
    [400, "ValidationException", "upstream_invalid_request", "validation_exception", false],
    [
      400,
      "ValidationException:http://internal.amazon.com/coral/x/",
      "upstream_invalid_request",
      "validation_exception",
      false,
    ],
    [400, "IncompleteSignature", "upstream_rejected", "incomplete_signature", false],
    [403, "AccessDeniedException", "upstream_rejected", "access_denied_exception", false],
    [403, "ExpiredTokenException", "upstream_rejected", "expired_token_exception", false],
    [403, "UnrecognizedClientException", "upstream_rejected", "unrecognized_client_exception", false],
    [404, "ResourceNotFoundException", "upstream_rejected", "resource_not_found_exception", false],
    [408, "ModelTimeoutException", "upstream_timeout", "model_timeout_exception", true],
    [424, "ModelErrorException", "upstream_error", "model_error_exception", true],
    [424, "ModelStreamErrorException", "upstream_error", "model_stream_error_exception", true],
    [429, "ThrottlingException", "upstream_rate_limited", "throttling_exception", true],
    [400, "ServiceQuotaExceededException", "upstream_rate_limited", "service_quota_exceeded_exception", true],
    [429, "ModelNotReadyException", "upstream_overloaded", "model_not_ready_exception", true],
    [500, "InternalServerException", "upstream_error", "internal_server_exception", true],
    [503, "ServiceUnavailableException", "upstream_overloaded", "service_unavailable_exception", true],
  ])("%i %s is %s", (status, exception, code, upstreamCode, retryable) => {
    expect(map(status, exception)).toEqual({
      code,
      status,
      upstreamCode,
      upstreamParam: null,
      retryAfterMs: null,
      retryable,
    });
  });

  it("a name that is none, or none at all, leaves the status to speak", () => {
    expect(map(429, "do what I say")).toMatchObject({ code: "upstream_rate_limited", upstreamCode: null });
    expect(map(503, null)).toMatchObject({ code: "upstream_overloaded", upstreamCode: null });
    expect(map(429, "ThrottlingException", { "retry-after": "3" }).retryAfterMs).toBe(3_000);
  });
});

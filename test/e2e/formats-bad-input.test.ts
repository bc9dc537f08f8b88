import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ErrorCode } from "#kernel";
import type { KeyInput } from "../../dev/keys/create-key.ts";
import { call, type Answer, type CallOptions } from "./support/client.ts";
import { expectFormatError, FORMATS, streamErrorOf, type Format } from "./support/formats.ts";
import { upload } from "./support/raw-http.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

const BODY_LIMIT_BYTES = 262_144;

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({
    gatewayEnv: {
      FLUSH_INTERVAL_MS: "100",
      JSON_BODY_BYTES: String(BODY_LIMIT_BYTES),
      FIRST_BYTE_MS: "250",
      WHOLE_ANSWER_MS: "250",
      IDLE_MS: "250",
    },
  });
  organization = await world.organization();
});
afterAll(() => world.stop());
beforeEach(() => world.stack.sim.reset());

const send = (path: string, body: unknown, options: CallOptions = {}): Promise<Answer> =>
  call(`${world.stack.urls.gateway}${path}`, body, { key: organization.key, ...options });

const poor = () => world.organization("0.0000001");
const withKey = async (input: Partial<KeyInput>) => (await organization.newKey(input)).key;

describe.each(FORMATS)("$name", (format) => {
  const { model, path, body } = format;
  const ask = (prompt: string, options: CallOptions & { readonly stream?: boolean } = {}): Promise<Answer> =>
    send(path(model, options.stream ?? false), body(model, prompt, options.stream ?? false), options);

  test.each<{ code: ErrorCode; kind: string; key: () => Promise<string> | null }>([
    { code: "missing_api_key", kind: "authentication", key: () => null },
    { code: "malformed_api_key", kind: "authentication", key: () => Promise.resolve("sk-not-ours") },
    { code: "insufficient_credit", kind: "billing", key: async () => (await poor()).key },
    { code: "scope_denied", kind: "permission", key: () => withKey({ scopes: ["account:read"] }) },
    { code: "model_not_allowed", kind: "permission", key: () => withKey({ models: ["openai/gpt-4.1"] }) },
    { code: "test_key_live_model", kind: "permission", key: () => withKey({ mode: "test" }) },
  ])("$code in its own shape, and nobody is asked", async ({ code, kind, key }) => {
    const error = expectFormatError(format, await ask("Hi", { key: await key() }), code);
    expect(error.kind).toBe(KINDS[format.name][kind]);
    expect(world.stack.sim.totals().requests).toBe(0);
  });

  test("a model that is none, in a path or a body, with names that would break out of a header (G27)", async () => {
    for (const name of ["no/such-model", "gpt\r\nx-evil: 1", "gpt\u2028evil", "gpt\u0000\u001b[31m", "gpt\u202Eevil"]) {
      const answer = await send(path(encodeURIComponent(name), false), body(name, "Hi", false));
      // A line break in a path is no address at all.
      const isAddress = format.name !== "generateContent" || !/[\r\n\u2028\u2029]/.test(name);
      const error = expectFormatError(format, answer, isAddress ? "model_not_found" : "not_found");
      expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(answer.headers.get("x-evil")).toBe(null);
    }
    expect(world.stack.sim.totals().requests).toBe(0);
  });

  test("another method, another content type, half a JSON, a list, a nest", async () => {
    const url = path(model, false);
    const wrongMethod = await send(url, null, { method: "DELETE" });
    expectFormatError(format, wrongMethod, format.name === "generateContent" ? "not_found" : "method_not_allowed");
    expectFormatError(
      format,
      await send(url, "{}", { headers: { "content-type": "text/plain" } }),
      "unsupported_content_type",
    );
    for (const text of ['{"model":', "", "[]", "nul"]) {
      expectFormatError(format, await send(url, text), "invalid_json");
    }
    const deep = `{"model":"x","a":${"[".repeat(300)}${"]".repeat(300)}}`;
    expectFormatError(format, await send(url, deep), "invalid_parameter");
    expect(world.stack.sim.totals().requests).toBe(0);
  });

  test.each([
    { name: "with a length header", chunked: false, enoughBytes: 65_536 },
    { name: "in chunks", chunked: true, enoughBytes: BODY_LIMIT_BYTES + 65_536 },
  ])("G26: ten times the limit $name is refused before it is all read", async ({ chunked, enoughBytes }) => {
    const { answer, sentBytes } = await upload(world.stack.urls.gateway, {
      key: organization.key,
      path: path(model, false),
      totalBytes: 10 * BODY_LIMIT_BYTES,
      enoughBytes,
      chunked,
    });
    expectFormatError(format, answer, "body_too_large");
    expect(sentBytes).toBeLessThanOrEqual(enoughBytes);
  });

  test("a limit of requests: 429 with a wait, and the format's own kind", async () => {
    const key = await withKey({ requestsPerMinute: 1 });
    expect((await ask("One", { key })).status).toBe(200);
    const answer = await ask("Two", { key });
    expect(expectFormatError(format, answer, "rate_limit_requests").kind).toBe(KINDS[format.name]["limit"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(30);
    expect(world.stack.sim.totals().requests).toBe(1);
  });

  test.each<{ directive: string; code: ErrorCode }>([
    { directive: "fail=400", code: "upstream_invalid_request" },
    { directive: "fail=401", code: "upstream_rejected" },
    { directive: "fail=429 retry_after=40", code: "upstream_rate_limited" },
    { directive: "fail=500", code: "upstream_error" },
    { directive: "garbage", code: "upstream_error" },
    { directive: "first=5000", code: "upstream_timeout" },
  ])("a provider's $directive: $code, for nothing", async ({ directive, code }) => {
    const answer = await ask(`[[sim: ${directive}]]`);
    expectFormatError(format, answer, code);
    expect(await organization.generation(answer.id)).toMatchObject({
      outcome: "failed",
      error_code: code,
      cost_usd: 0n,
    });
  });

  test.each(["fail=400", "fail=401", "fail=403"])(
    "G20: a provider that repeats our key with %s is not repeated by us",
    async (directive) => {
      for (const stream of [false, true]) {
        const answer = await ask(`[[sim: ${directive} echo_key]]`, { stream });
        const sent = world.stack.sim.received().at(-1)?.headers ?? {};
        const key = sent["x-api-key"] ?? sent["x-goog-api-key"] ?? sent["authorization"]?.slice("Bearer ".length) ?? "";
        expect(key.length).toBeGreaterThan(20);
        const shown = answer.text + JSON.stringify([...answer.headers]) + world.logLines.join("\n");
        expect(shown).not.toContain(key);
      }
    },
  );

  test.each<{ directive: string; code: ErrorCode }>([
    { directive: "tokens=40 die_after=9", code: "upstream_stream_interrupted" },
    { directive: "tokens=40 stall_after=9", code: "upstream_timeout" },
    { directive: "tokens=40 garbage=9", code: "upstream_stream_interrupted" },
  ])(
    "G12, G21: a stream that breaks ($directive): one attempt, an error in it, what was delivered charged",
    async ({ directive, code }) => {
      const answer = await ask(`[[sim: ${directive}]]`, { stream: true });
      expect(answer.status).toBe(200);
      expect(streamErrorOf(format, answer.text)).toBe(code);
      const receipt = await organization.generation(answer.id);
      expect(receipt).toMatchObject({ outcome: "interrupted", kind: "estimated", error_code: code });
      expect(receipt.units["output"]).toBeGreaterThan(0);
      expect(receipt.units["output"]).toBeLessThan(40);
      expect(receipt.cost_usd).toBeGreaterThan(0n);
      expect(receipt.attempts).toHaveLength(1);
      expect(world.stack.sim.totals().requests).toBe(1);
    },
  );
});

/** What each format calls the same fault. */
const KINDS: Readonly<Record<Format["name"], Readonly<Record<string, string>>>> = {
  "chat completions": {
    authentication: "authentication_error",
    billing: "insufficient_quota",
    permission: "permission_error",
    limit: "rate_limit_error",
  },
  responses: {
    authentication: "authentication_error",
    billing: "insufficient_quota",
    permission: "permission_error",
    limit: "rate_limit_error",
  },
  messages: {
    authentication: "authentication_error",
    billing: "billing_error",
    permission: "permission_error",
    limit: "rate_limit_error",
  },
  generateContent: {
    authentication: "UNAUTHENTICATED",
    billing: "RESOURCE_EXHAUSTED",
    permission: "PERMISSION_DENIED",
    limit: "RESOURCE_EXHAUSTED",
  },
};

describe("official clients throw their own classes", () => {
  const [chatFormat, , messagesFormat, geminiFormat] = FORMATS;
  const words = (prompt: string) => [{ role: "user" as const, content: prompt }];

  test("OpenAI's, for chat completions and responses", async () => {
    const model = chatFormat?.model ?? "";
    const client = (apiKey: string) => new OpenAI({ baseURL: `${world.stack.urls.gateway}/v1`, apiKey, maxRetries: 0 });
    const both = [
      (apiKey: string, prompt: string) => client(apiKey).chat.completions.create({ model, messages: words(prompt) }),
      (apiKey: string, prompt: string) => client(apiKey).responses.create({ model, input: prompt }),
    ];
    const limited = await withKey({ requestsPerMinute: 1 });
    for (const ask of both) {
      await expect(ask("sk-x", "Hi")).rejects.toThrow(OpenAI.AuthenticationError);
      await expect(ask((await poor()).key, "Hi")).rejects.toMatchObject({ status: 402, code: "insufficient_credit" });
      await expect(ask(await withKey({ scopes: ["account:read"] }), "Hi")).rejects.toThrow(
        OpenAI.PermissionDeniedError,
      );
      await expect(ask(organization.key, "[[sim: fail=400]]")).rejects.toThrow(OpenAI.BadRequestError);
      await expect(ask(organization.key, "[[sim: fail=500]]")).rejects.toThrow(OpenAI.InternalServerError);
      await ask(limited, "Hi").catch(() => undefined);
      await expect(ask(limited, "Hi")).rejects.toThrow(OpenAI.RateLimitError);
    }
  });

  test("Anthropic's", async () => {
    const ask = (apiKey: string, prompt: string, model = messagesFormat?.model ?? "") =>
      new Anthropic({ baseURL: world.stack.urls.gateway, apiKey, maxRetries: 0 }).messages.create({
        model,
        max_tokens: 64,
        messages: words(prompt),
      });
    await expect(ask("sk-x", "Hi")).rejects.toThrow(Anthropic.AuthenticationError);
    await expect(ask((await poor()).key, "Hi")).rejects.toMatchObject({ status: 402 });
    await expect(ask(await withKey({ scopes: ["account:read"] }), "Hi")).rejects.toThrow(
      Anthropic.PermissionDeniedError,
    );
    await expect(ask(organization.key, "Hi", "no/such")).rejects.toThrow(Anthropic.NotFoundError);
    await expect(ask(organization.key, "[[sim: fail=400]]")).rejects.toThrow(Anthropic.BadRequestError);
    await expect(ask(organization.key, "[[sim: fail=500]]")).rejects.toThrow(Anthropic.InternalServerError);
    const limited = await withKey({ requestsPerMinute: 1 });
    await ask(limited, "Hi");
    const fault: unknown = await ask(limited, "Hi").catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Anthropic.RateLimitError);
    expect(fault instanceof Anthropic.APIError && fault.requestID).toMatch(/^gen_/);
  });

  test("Google's", async () => {
    const ask = (apiKey: string, prompt: string) =>
      new GoogleGenAI({ apiKey, httpOptions: { baseUrl: world.stack.urls.gateway } }).models.generateContent({
        model: geminiFormat?.model ?? "",
        contents: prompt,
      });
    const faultOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
    for (const [key, prompt, status] of [
      ["sk-x", "Hi", 401],
      [(await poor()).key, "Hi", 402],
      [organization.key, "[[sim: fail=400]]", 400],
      [organization.key, "[[sim: fail=500]]", 502],
    ] as const) {
      const fault = await faultOf(ask(key, prompt));
      expect(fault).toBeInstanceOf(ApiError);
      expect(fault).toMatchObject({ status });
    }
  });
});

test("what was refused is nowhere in the ledger, and nothing is held", async () => {
  const credits = await until("no hold", async () => {
    const found = await organization.credits();
    return found.held_usd === 0n ? found : null;
  });
  const rows = await world.sql<{ cost: string }>(
    "SELECT coalesce(sum(cost_nano), 0)::text AS cost FROM usage_receipt WHERE org_id = $1",
    [organization.id],
  );
  expect(credits.balance_usd).toBeLessThanOrEqual(organization.creditNano - BigInt(rows[0]?.cost ?? "0"));
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode } from "#kernel";
import { mintKey, newLocator, parsePeppers } from "#keys";
import { systemRandom, type KeyInput } from "../../dev/keys/create-key.ts";
import { call, chat, eventsOf, expectError, LIVE_MODEL, type Answer, type CallOptions } from "./support/client.ts";
import { startGate, type Gate } from "./support/gate.ts";
import { upload } from "./support/raw-http.ts";
import { parseUsdOrThrow, startWorld, until, type Generation, type Organization, type World } from "./support/world.ts";

const BODY_LIMIT_BYTES = 1_048_576;
const HUGE_BODY_BYTES = 10 * BODY_LIMIT_BYTES;
const BOUNDS = {
  JSON_BODY_BYTES: String(BODY_LIMIT_BYTES),
  FIRST_BYTE_MS: "900",
  WHOLE_ANSWER_MS: "900",
  IDLE_MS: "700",
  FLUSH_INTERVAL_MS: "200",
  FLUSH_BACKOFF_MS: "100",
  FLUSH_BACKOFF_MAX_MS: "300",
};

let gate: Gate;
let world: World;
/** Its calls are all refused: nothing may ever be held, charged or recorded for it. */
let refused: Organization;
/** Every organization with the ids of its admitted calls: the ledger must hold exactly these. */
const admitted = new Map<Organization, string[]>();

beforeAll(async () => {
  gate = await startGate();
  world = await startWorld({ gatewayEnv: { ...BOUNDS, NEON_HTTP_ENDPOINT: gate.url } });
  gate.leadTo(`${world.stack.urls.neon}/sql`);
  refused = await tenant();
});
afterAll(async () => {
  await world.stop();
  await gate.stop();
});
beforeEach(() => {
  world.stack.sim.reset();
  gate.setOpen(true);
});

async function tenant(creditUsd?: string): Promise<Organization> {
  const organization = await world.organization(creditUsd);
  admitted.set(organization, []);
  return organization;
}

const chatUrl = () => `${world.url}/chat/completions`;
const post = (body: unknown, options: CallOptions = {}) => call(chatUrl(), body, { key: refused.key, ...options });

/** The call was refused before admission: no upstream call, nothing held, nothing charged. */
async function expectUntouched(organization = refused): Promise<void> {
  expect(world.stack.sim.totals().requests).toBe(0);
  expect(await organization.credits()).toMatchObject({ balance_usd: organization.creditNano, held_usd: 0n });
}

/** Makes an admitted call and returns its answer with its receipt. */
async function admit(
  organization: Organization,
  body: unknown,
  options: CallOptions & { readonly path?: string } = {},
): Promise<{ readonly answer: Answer; readonly receipt: Generation }> {
  const answer = await call(`${world.url}${options.path ?? "/chat/completions"}`, body, {
    key: organization.key,
    ...options,
  });
  admitted.get(organization)?.push(answer.id);
  return { answer, receipt: await organization.generation(answer.id) };
}

/** The error event that ends a stream, or null. */
function inBandError(answer: Answer): string | null {
  const events = eventsOf(answer.text);
  const last: unknown = JSON.parse(events.at(-1) === "[DONE]" ? "{}" : (events.at(-1) ?? "{}"));
  const error: unknown = Reflect.get(Object(last), "error");
  const code: unknown = Reflect.get(Object(error), "code");
  return typeof code === "string" ? code : null;
}

describe("Postgres away", () => {
  test("at the start: the first call is served by the catalogue's prices, within the store's bound", async () => {
    gate.setOpen(false);
    const organization = await tenant();
    const { answer, receipt } = await admit(organization, chat("Hello"));
    expect(answer.status).toBe(200);
    expect(receipt.price_version).not.toContain("+o");
    expect(gate.turnedAway()).toBeGreaterThan(0);
    gate.setOpen(true);
    expect((await organization.postedGeneration(answer.id)).cost_usd).toBe(receipt.cost_usd);
  });

  test("in mid-run: calls go on, the lag shows, old receipts are unavailable, and all is posted afterwards", async () => {
    const organization = await tenant();
    const before = await admit(organization, chat("Before"));
    await organization.postedGeneration(before.answer.id);
    gate.setOpen(false);
    const during = [await admit(organization, chat("One")), await admit(organization, chat("Two"))];
    expect(during.map(({ receipt }) => receipt.posted)).toEqual([false, false]);
    await until("a settlement lag", async () => ((await organization.credits()).settlement_lag_ms > 300 ? true : null));
    const old = await call(`${world.url}/generation?id=${before.answer.id}`, null, {
      key: organization.key,
      method: "GET",
    });
    expectError(old, "store_unavailable");
    gate.setOpen(true);
    for (const { answer } of during) await organization.postedGeneration(answer.id);
    expect((await organization.credits()).settlement_lag_ms).toBe(0);
  });
});

describe("keys", () => {
  test.each<{ name: string; code: ErrorCode; key: () => string | null | Promise<string> }>([
    { name: "none", code: "missing_api_key", key: () => null },
    { name: "another provider's", code: "malformed_api_key", key: () => "sk-proj-0123456789" },
    { name: "cut short", code: "malformed_api_key", key: () => refused.key.slice(0, -1) },
    { name: "with a forged tag", code: "invalid_api_key", key: () => flipLast(refused.key) },
    {
      name: "with a pepper version that we have not",
      code: "invalid_api_key",
      key: () => `${refused.key.slice(0, 12)}Z${refused.key.slice(13)}`,
    },
    {
      name: "well made but unknown to its organization",
      code: "invalid_api_key",
      key: () => mint(refused.row.locator),
    },
    { name: "well made for no organization", code: "invalid_api_key", key: () => mint(newLocator(systemRandom)) },
  ])("$name: $code, on routes that spend and routes that read", async ({ code, key }) => {
    const sent = await key();
    expectError(await post(chat("Hi"), { key: sent }), code);
    expectError(await call(`${world.url}/credits`, null, { key: sent, method: "GET" }), code);
    await expectUntouched();
  });

  test.each<{
    name: string;
    code: ErrorCode;
    input: Partial<KeyInput>;
    change?: string;
    body?: object;
    param?: string;
  }>([
    { name: "revoked", code: "api_key_revoked", input: {}, change: "status = 'revoked'" },
    { name: "disabled", code: "api_key_disabled", input: {}, change: "status = 'disabled'" },
    { name: "expired", code: "api_key_expired", input: { expiresAt: new Date(Date.now() - 1_000) } },
    { name: "without the scope", code: "scope_denied", input: { scopes: ["account:read"] } },
    { name: "for other models", code: "model_not_allowed", input: { models: ["openai/gpt-4o"] } },
    { name: "from elsewhere", code: "ip_not_allowed", input: {}, change: "ip_allow = '{10.0.0.0/8}'" },
    { name: "for tests, on a live model", code: "test_key_live_model", input: { mode: "test" }, param: "model" },
    {
      name: "live, on a sandbox model",
      code: "live_key_sandbox_model",
      input: {},
      body: { model: "sandbox/echo" },
      param: "model",
    },
  ])("$name: $code", async ({ code, input, change, body, param }) => {
    const created = await refused.newKey(input);
    if (change !== undefined) await refused.setKey(created, change);
    const answer = await post(chat("Hi", { ...body }), { key: created.key });
    expectError(answer, code, param === undefined ? {} : { param });
    await expectUntouched();
  });

  test("a key without account:read may spend, but not read", async () => {
    const created = await refused.newKey({ scopes: ["inference"] });
    for (const path of ["/credits", "/key", `/generation?id=gen_${"0".repeat(26)}`]) {
      const answer = await call(`${world.url}${path}`, null, { key: created.key, method: "GET" });
      expectError(answer, "scope_denied", { message: /account:read/ });
    }
  });

  test("the address that counts is Cloudflare's, not one that the caller names", async () => {
    const created = await refused.newKey();
    await refused.setKey(created, "ip_allow = '{10.0.0.0/8}'");
    const sent = { "x-forwarded-for": "10.1.1.1", "x-real-ip": "10.1.1.1", "cf-connecting-ip": "192.0.2.1" };
    expectError(await post(chat("Hi"), { key: created.key, headers: sent }), "ip_not_allowed");
    await expectUntouched();
  });

  test("a suspended organization", async () => {
    const organization = await tenant();
    await organization.setStatus("suspended");
    expectError(await post(chat("Hi"), { key: organization.key }), "organization_suspended");
    await expectUntouched(organization);
  });
});

describe("requests that are refused before anything is held", () => {
  const deep = `${'{"a":'.repeat(200)}1${"}".repeat(200)}`;
  test.each<{ name: string; body: unknown; code: ErrorCode; param?: string; message?: RegExp }>([
    { name: "half a JSON", body: '{"model":"openai/gpt-4o-mini",', code: "invalid_json" },
    { name: "nothing", body: "", code: "invalid_json" },
    { name: "a list", body: "[]", code: "invalid_json" },
    { name: "too deep a nest", body: deep, code: "invalid_parameter", param: "body" },
    {
      name: "no model",
      body: { messages: [{ role: "user", content: "x" }] },
      code: "invalid_parameter",
      param: "model",
    },
    { name: "a model that is a number", body: chat("x", { model: 4 }), code: "invalid_parameter", param: "model" },
    { name: "no messages", body: { model: LIVE_MODEL }, code: "invalid_parameter", param: "messages" },
    {
      name: "an empty conversation",
      body: { model: LIVE_MODEL, messages: [] },
      code: "invalid_parameter",
      param: "messages",
    },
    {
      name: "an unknown role",
      body: { model: LIVE_MODEL, messages: [{ role: "wizard", content: "x" }] },
      code: "invalid_parameter",
      param: "messages[0].role",
    },
    { name: "stream as a word", body: chat("x", { stream: "yes" }), code: "invalid_parameter", param: "stream" },
    { name: "no choice", body: chat("x", { n: 0 }), code: "invalid_parameter", param: "n" },
    { name: "too many choices", body: chat("x", { n: 1_000 }), code: "invalid_parameter", param: "n" },
    { name: "half a token", body: chat("x", { max_tokens: 1.5 }), code: "invalid_parameter", param: "max_tokens" },
    {
      name: "a negative maximum",
      body: chat("x", { max_completion_tokens: -1 }),
      code: "invalid_parameter",
      param: "max_completion_tokens",
    },
    {
      name: "a temperature in words",
      body: chat("x", { temperature: "hot" }),
      code: "invalid_parameter",
      param: "temperature",
    },
    { name: "tools that are no list", body: chat("x", { tools: {} }), code: "invalid_parameter", param: "tools" },
    {
      name: "a tier with other prices",
      body: chat("x", { service_tier: "flex" }),
      code: "unsupported_parameter",
      param: "service_tier",
    },
    {
      name: "searches, which have no price",
      body: chat("x", { web_search_options: {} }),
      code: "unsupported_parameter",
      param: "web_search_options",
    },
    {
      name: "an unknown model, with near ones",
      body: chat("x", { model: "openai/gpt-4o-mimi" }),
      code: "model_not_found",
      param: "model",
      message: /Did you mean 'openai\/gpt-4o-mini'/,
    },
    {
      name: "an embedding model in a chat",
      body: chat("x", { model: "openai/text-embedding-3-small" }),
      code: "model_not_supported",
      param: "model",
    },
  ])("$name: $code", async ({ body, code, param, message }) => {
    const answer = await post(body);
    expectError(answer, code, {
      ...(param === undefined ? {} : { param }),
      ...(message === undefined ? {} : { message }),
    });
    await expectUntouched();
  });

  test.each<{ name: string; body: object; code: ErrorCode; param: string }>([
    { name: "no input", body: { model: "openai/text-embedding-3-small" }, code: "invalid_parameter", param: "input" },
    {
      name: "an input that is an object",
      body: { model: "openai/text-embedding-3-small", input: {} },
      code: "invalid_parameter",
      param: "input",
    },
    { name: "a chat model", body: { model: LIVE_MODEL, input: "x" }, code: "model_not_supported", param: "model" },
  ])("embeddings with $name: $code", async ({ body, code, param }) => {
    expectError(await call(`${world.url}/embeddings`, body, { key: refused.key }), code, { param });
    await expectUntouched();
  });

  test("bytes that are not UTF-8 are not JSON", async () => {
    const response = await fetch(chatUrl(), {
      method: "POST",
      headers: { authorization: `Bearer ${refused.key}`, "content-type": "application/json" },
      body: Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    });
    const { status, headers } = response;
    expectError(
      { status, headers, text: await response.text(), id: headers.get("x-request-id") ?? "" },
      "invalid_json",
    );
    await expectUntouched();
  });

  test.each([
    ["plain text", { "content-type": "text/plain" }],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["compressed", { "content-encoding": "gzip" }],
    ["something that begins like JSON", { "content-type": "application/jsonp" }],
  ])("%s is a 415", async (_name, headers) => {
    expectError(await post(JSON.stringify(chat("x")), { headers }), "unsupported_content_type");
    await expectUntouched();
  });

  test.each([
    ["GET", "/chat/completions", "POST"],
    ["DELETE", "/embeddings", "POST"],
    ["PUT", "/chat/completions", "POST"],
    ["POST", "/models", "GET"],
    ["POST", `/models/${LIVE_MODEL}`, "GET"],
    ["PATCH", "/credits", "GET"],
  ])("%s %s is a 405 that names %s", async (method, path, allowed) => {
    const answer = await call(`${world.url}${path}`, null, { key: refused.key, method });
    expectError(answer, "method_not_allowed", { message: new RegExp(method) });
    expect(answer.headers.get("allow")).toBe(allowed);
  });

  test("an address with nothing behind it is a 404", async () => {
    expectError(await call(`${world.url}/completions/nothing`, {}, { key: refused.key }), "not_found");
  });

  test.each([
    { name: "with a length header", chunked: false, enoughBytes: 65_536 },
    { name: "in chunks", chunked: true, enoughBytes: BODY_LIMIT_BYTES + 65_536 },
  ])("G26: ten times the limit $name is refused before it is all read", async ({ chunked, enoughBytes }) => {
    const { answer, sentBytes } = await upload(world.stack.urls.gateway, {
      key: refused.key,
      path: "/v1/chat/completions",
      totalBytes: HUGE_BODY_BYTES,
      enoughBytes,
      chunked,
    });
    expectError(answer, "body_too_large", { message: /1048576/ });
    expect(sentBytes).toBeLessThanOrEqual(enoughBytes);
    await expectUntouched();
  });

  test("a body of just the limit is read", async () => {
    const body = JSON.stringify(chat("x", { model: "openai/no-such-model" }));
    expectError(await post(body.padEnd(BODY_LIMIT_BYTES)), "model_not_found", { param: "model" });
    expectError(await post(body.padEnd(BODY_LIMIT_BYTES + 1)), "body_too_large");
  });
});

describe("limits", () => {
  test("money: no credit, no budget, more than the caller's own maximum are 402 with the scope's code", async () => {
    const poor = await tenant("0.000001");
    expectError(await post(chat("Hi"), { key: poor.key }), "insufficient_credit");
    await expectUntouched(poor);
    const budget = { limitNano: parseUsdOrThrow("0.000001"), period: "month" } as const;
    const { key } = await refused.newKey({ budget });
    expectError(await post(chat("Hi"), { key }), "key_budget_exceeded", { message: /month/ });
    const headers = { "x-prismatic-max-cost": "0.000001" };
    expectError(await post(chat("Hi"), { headers }), "max_cost_exceeded");
    for (const wrong of ["cheap", "-1", "0.0000000001", "1e3"]) {
      const answer = await post(chat("Hi"), { headers: { "x-prismatic-max-cost": wrong } });
      expectError(answer, "invalid_parameter", { param: "x-prismatic-max-cost" });
    }
    await expectUntouched();
  });

  test("a maximum cost bounds what is held, and so what the provider may write", async () => {
    const organization = await tenant();
    const { receipt } = await admit(organization, chat("Hi"), { headers: { "x-prismatic-max-cost": "0.0005" } });
    expect(receipt.held_usd).toBeLessThanOrEqual(parseUsdOrThrow("0.0005"));
    const sent: unknown = Reflect.get(Object(world.stack.sim.received().at(-1)?.body), "max_completion_tokens");
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(1_000);
  });

  test("requests per minute: the third of two waits", async () => {
    const organization = await tenant();
    const { key } = await organization.newKey({ requestsPerMinute: 2 });
    await admit(organization, chat("1"), { key });
    await admit(organization, chat("2"), { key });
    const answer = await post(chat("3"), { key });
    expectError(answer, "rate_limit_requests", { retryAfter: true, message: /2 requests per minute/ });
    // The window is counted in whole seconds, and never too loosely: a second more than a minute at most.
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(61);
    expect(answer.headers.get("x-ratelimit-remaining-requests")).toBe("0");
    expect(world.stack.sim.totals().requests).toBe(2);
  });

  test("tokens per minute: what never fits is a 400, what fits later a 429", async () => {
    const organization = await tenant();
    const { key } = await organization.newKey({ tokensPerMinute: 2_000 });
    const bounded = (maximum: number) => chat("Hi [[sim: tokens=500]]", { max_completion_tokens: maximum });
    expectError(await post(bounded(5_000), { key }), "request_exceeds_token_limit", { retryAfter: false });
    await admit(organization, bounded(600), { key });
    expectError(await post(bounded(1_500), { key }), "rate_limit_tokens", { retryAfter: true });
    expect(world.stack.sim.totals().requests).toBe(1);
  });

  test("concurrency: a second call waits for the first to end", async () => {
    const organization = await tenant();
    const { key } = await organization.newKey({ concurrency: 1 });
    const running = admit(organization, chat("[[sim: first=500]]"), { key });
    await until("the first call", () => (world.stack.sim.totals().requests === 1 ? true : null));
    expectError(await post(chat("Hi"), { key }), "rate_limit_concurrency", { retryAfter: true });
    await running;
    expect((await admit(organization, chat("Hi"), { key })).answer.status).toBe(200);
  });
});

describe("upstreams that refuse", () => {
  test.each<{ directive: string; code: ErrorCode; attempts: number; retryAfter?: boolean }>([
    { directive: "fail=400", code: "upstream_invalid_request", attempts: 1 },
    { directive: "fail=401", code: "upstream_rejected", attempts: 1 },
    { directive: "fail=404", code: "upstream_rejected", attempts: 1 },
    { directive: "fail=408", code: "upstream_timeout", attempts: 3 },
    { directive: "fail=429", code: "upstream_rate_limited", attempts: 3 },
    { directive: "fail=429 retry_after=7", code: "upstream_rate_limited", attempts: 1, retryAfter: true },
    { directive: "fail=500", code: "upstream_error", attempts: 3 },
    { directive: "fail=529", code: "upstream_overloaded", attempts: 3 },
  ])("$directive: $code after $attempts attempts, streamed and not, for nothing", async (row) => {
    const organization = await tenant();
    const results = await Promise.all(
      [true, false].map((stream) => admit(organization, chat(`[[sim: ${row.directive}]] ${stream}`, { stream }))),
    );
    for (const { answer, receipt } of results) {
      expectError(answer, row.code, { retryAfter: row.retryAfter ?? false });
      if (row.retryAfter === true) expect(answer.headers.get("retry-after")).toBe("7");
      expect(receipt).toMatchObject({
        outcome: "failed",
        status: ERRORS[row.code].status,
        error_code: row.code,
        cost_usd: 0n,
        units: {},
      });
      expect(receipt.attempts.map((attempt) => attempt.code)).toEqual(Array(row.attempts).fill(row.code));
    }
    expect(world.stack.sim.totals().requests).toBe(2 * row.attempts);
    expect((await organization.credits()).balance_usd).toBe(organization.creditNano);
  });

  test("one that fails once is asked again, and the call is charged once", async () => {
    const organization = await tenant();
    for (const stream of [true, false]) {
      const { answer, receipt } = await admit(organization, chat(`[[sim: fail_times=1]] ${stream}`, { stream }));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-prismatic-attempts")).toBe("2");
      expect(receipt.attempts.map(({ status }) => status)).toEqual([500, 200]);
      expect(receipt.cost_usd).toBeGreaterThan(0n);
    }
    const receipts = await organization.postedReceipts(2);
    const spent = receipts.reduce((sum, { costNano }) => sum + costNano, 0n);
    expect(organization.creditNano - (await organization.credits()).balance_usd).toBe(spent);
  });

  test("one too slow to begin is hung up on and asked again; at the bound the call is a 504 for nothing", async () => {
    const organization = await tenant();
    const results = await Promise.all(
      [true, false].map((stream) => admit(organization, chat(`[[sim: first=60000]] ${stream}`, { stream }))),
    );
    for (const { answer, receipt } of results) {
      expectError(answer, "upstream_timeout");
      expect(receipt).toMatchObject({ outcome: "failed", cost_usd: 0n });
      expect(receipt.attempts).toHaveLength(3);
    }
    await until("all to be hung up on", () => (world.stack.sim.totals().aborted === 6 ? true : null));
  });

  test("one that dies before its first byte is asked again, and the error has its own status", async () => {
    const organization = await tenant();
    const { answer, receipt } = await admit(organization, chat("[[sim: die_after=0]]", { stream: true }));
    expectError(answer, "upstream_stream_interrupted");
    expect(receipt).toMatchObject({ outcome: "failed", status: 502, cost_usd: 0n });
    const died = { status: 200, code: "upstream_stream_interrupted" };
    expect(receipt.attempts.map(({ status, code }) => ({ status, code }))).toEqual([died, died, died]);
    expect(world.stack.sim.totals().requests).toBe(3);
  });
});

describe("streams that go wrong after they began", () => {
  test.each<{ directive: string; code: ErrorCode }>([
    { directive: "tokens=20 die_after=6", code: "upstream_stream_interrupted" },
    { directive: "tokens=20 die_after=6 die_inside", code: "upstream_stream_interrupted" },
    { directive: "tokens=20 garbage=6", code: "upstream_stream_interrupted" },
    { directive: "tokens=20 stall_after=6", code: "upstream_timeout" },
  ])(
    "G21: $directive: one attempt, an error in the stream, the delivered part charged",
    async ({ directive, code }) => {
      const organization = await tenant();
      const { answer, receipt } = await admit(organization, chat(`[[sim: ${directive}]]`, { stream: true }));
      expect(answer.status).toBe(200);
      expect(inBandError(answer)).toBe(code);
      expect(answer.text).not.toContain("[DONE]");
      expect(receipt).toMatchObject({ outcome: "interrupted", kind: "estimated", error_code: code, status: 200 });
      expect(receipt.units["output"]).toBeGreaterThanOrEqual(5);
      expect(receipt.units["output"]).toBeLessThan(20);
      expect(receipt.cost_usd).toBeGreaterThan(0n);
      expect(receipt.attempts).toHaveLength(1);
      expect(world.stack.sim.totals().requests).toBe(1);
      expect(organization.creditNano - (await organization.credits()).balance_usd).toBe(receipt.cost_usd);
    },
  );

  test("garbage from the first byte delivers nothing and costs nothing", async () => {
    const organization = await tenant();
    const { answer, receipt } = await admit(organization, chat("[[sim: garbage=0]]", { stream: true }));
    expect(inBandError(answer)).toBe("upstream_error");
    expect(answer.text).not.toContain("Bad Gateway");
    expect(receipt).toMatchObject({ outcome: "interrupted", cost_usd: 0n });
  });

  test("no [DONE] after the finish is a whole answer", async () => {
    const organization = await tenant();
    const { answer, receipt } = await admit(organization, chat("[[sim: no_done tokens=9]]", { stream: true }));
    expect(inBandError(answer)).toBe(null);
    expect(receipt).toMatchObject({ outcome: "completed", kind: "measured", units: { output: 9 } });
  });
});

describe("whole answers that go wrong", () => {
  test.each<{ directive: string; code: ErrorCode }>([
    { directive: "die_after=1", code: "upstream_stream_interrupted" },
    { directive: "stall_after=1", code: "upstream_timeout" },
    { directive: "garbage", code: "upstream_error" },
  ])("$directive: $code, for nothing", async ({ directive, code }) => {
    const organization = await tenant();
    const { answer, receipt } = await admit(organization, chat(`[[sim: ${directive}]]`));
    expectError(answer, code);
    expect(receipt).toMatchObject({ outcome: "failed", error_code: code, cost_usd: 0n });
    expect((await organization.credits()).balance_usd).toBe(organization.creditNano);
  });

  test("embeddings fail and answer the same way", async () => {
    const organization = await tenant();
    const body = (input: string) => ({ model: "openai/text-embedding-3-small", input });
    const path = "/embeddings";
    const failed = await admit(organization, body("[[sim: fail=400]]"), { path });
    expectError(failed.answer, "upstream_invalid_request");
    expect(failed.receipt.cost_usd).toBe(0n);
    const counted = await admit(organization, body("[[sim: no_usage]] a text to count"), { path });
    expect(counted.receipt).toMatchObject({ outcome: "completed", kind: "estimated" });
    expect(counted.receipt.cost_usd).toBeGreaterThan(0n);
  });
});

describe("usage that is missing, zero or too much", () => {
  test.each([true, false])("G12: usage never came (streamed: %s): estimated, capped, flagged", async (stream) => {
    const organization = await tenant();
    const body = chat("[[sim: no_usage tokens=30]]", { stream, max_completion_tokens: 20 });
    const { receipt } = await admit(organization, body);
    expect(receipt).toMatchObject({ outcome: "completed", kind: "estimated" });
    expect(receipt.units["output"]).toBeGreaterThan(10);
    expect(receipt.units["output"]).toBeLessThanOrEqual(20);
    expect(receipt.cost_usd).toBeGreaterThan(0n);
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  });

  test.each([true, false])("G13: zero usage (streamed: %s) is measured, not missing", async (stream) => {
    const organization = await tenant();
    const { receipt } = await admit(organization, chat("[[sim: zero_usage]]", { stream }));
    expect(receipt).toMatchObject({ outcome: "completed", kind: "measured", units: { input: 0, output: 0 } });
    expect(receipt.cost_usd).toBe(0n);
  });

  test("an answer without output is free", async () => {
    const organization = await tenant();
    const { receipt } = await admit(organization, chat("[[sim: empty]]", { stream: true }));
    expect(receipt).toMatchObject({ kind: "measured", outcome: "completed", cost_usd: 0n });
    expect(receipt.units["input"]).toBeGreaterThan(0);
  });

  test("G8: a provider that writes past its maximum is charged as it is, and flagged", async () => {
    const organization = await tenant();
    const body = chat("[[sim: overrun=900]]", { stream: true, max_completion_tokens: 300 });
    const { receipt } = await admit(organization, body);
    expect(receipt.units["output"]).toBe(900);
    expect([...receipt.flags].sort()).toEqual(["over_hold", "over_maximum"]);
    expect(receipt.cost_usd).toBeGreaterThan(receipt.held_usd);
    expect(organization.creditNano - (await organization.credits()).balance_usd).toBe(receipt.cost_usd);
  });

  test("usage of many times the maximum is not believed: what was delivered is charged, and it is flagged", async () => {
    const organization = await tenant();
    const body = chat("[[sim: overrun=900]]", { stream: true, max_completion_tokens: 10 });
    const { receipt } = await admit(organization, body);
    expect(receipt).toMatchObject({ kind: "estimated", flags: ["over_maximum"] });
    expect(receipt.units["output"]).toBeLessThanOrEqual(10);
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  });
});

test("the ledger holds exactly one receipt for each admitted call, none for a refused one, and the wallets agree", async () => {
  for (const [organization, ids] of admitted) {
    const receipts = await organization.postedReceipts(ids.length);
    expect(receipts.map(({ id }) => id)).toEqual([...ids].sort());
    const { balance_usd: balance } = await organization.restingCredits();
    const spent = receipts.reduce((sum, { costNano }) => sum + costNano, 0n);
    expect(spent).toBe(organization.creditNano - balance);
  }
  const [sums] = await world.sql("SELECT coalesce(sum(amount_nano), 0)::text AS total FROM ledger_entry");
  expect(sums).toEqual({ total: "0" });
  expect(admitted.size).toBeGreaterThan(20);
});

async function mint(locator: string): Promise<string> {
  const peppers = await parsePeppers(world.stack.secrets.key_peppers);
  return (await mintKey({ mode: "live", region: "g", locator }, peppers, systemRandom)).key;
}

/** Another base62 character in the last place. */
function flipLast(key: string): string {
  return key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
}

import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { formatUsd, newId } from "#kernel";
import { mintKey, newLocator, parsePeppers } from "#keys";
import { systemClock, systemRandom } from "../../dev/keys/create-key.ts";
import { call, chat, expectError, LIVE_MODEL, openAi, type Answer } from "./support/client.ts";
import { startEdge, type Edge } from "./support/edge.ts";
import { sendAndNeverRead } from "./support/raw-http.ts";
import { dumpFiles, dumpLogs, dumpTables, placesOf, type Haystack } from "./support/search.ts";
import { parseUsdOrThrow, startWorld, until, type Organization, type World } from "./support/world.ts";

const CLOSED_MODEL = "openai/gpt-4.1-nano";
const DEARER_MODEL = "openai/gpt-4.1-mini";
const BASE64_IMAGE = "data:image/png;base64,";

let world: World;
let edge: Edge;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ onDisk: true, gatewayEnv: { FLUSH_INTERVAL_MS: "300", DRAIN_MS: "1500" } });
  edge = await startEdge(world.stack.urls.gateway);
  await world.sql("INSERT INTO price_override (entries) VALUES ($1::jsonb)", [
    JSON.stringify([
      { endpoint: CLOSED_MODEL, dated: { from: null, prices: { output: perMillion("1") }, source: null } },
      {
        endpoint: DEARER_MODEL,
        dated: { from: null, prices: { input: perMillion("3"), output: perMillion("30") }, source: null },
      },
    ]),
  ]);
});
afterAll(async () => {
  await edge.stop();
  await world.stop();
});
beforeEach(async () => {
  world.stack.sim.reset();
  organization = await world.organization();
});

/** A price in USD for a million tokens, as an override states it. */
const perMillion = (usd: string) => ({
  base: { pico: `${usd}${"0".repeat(12)}`, per: "1000000" },
  tiers: [],
});

const post = (body: unknown, key = organization.key, headers: Record<string, string> = {}): Promise<Answer> =>
  call(`${world.url}/chat/completions`, body, { key, headers });

describe("prices", () => {
  test("G3: an override that takes a model's price away closes it: refused, nothing held, nothing sent", async () => {
    const answer = await post(chat("Hello", { model: CLOSED_MODEL }));
    expectError(answer, "model_unpriced", { param: "model", message: /gpt-4\.1-nano/ });
    expect(world.stack.sim.totals().requests).toBe(0);
    expect(await organization.credits()).toMatchObject({ balance_usd: organization.creditNano, held_usd: 0n });
  });

  test("an override's price is what a call is held and charged at, and the receipt names its version", async () => {
    const answer = await post(chat("Hello [[sim: usage_input=1000 usage_output=100]]", { model: DEARER_MODEL }));
    const receipt = await organization.generation(answer.id);
    expect(receipt.price_version).toMatch(/\+o1$/);
    expect(formatUsd(receipt.cost_usd)).toBe("0.006000000");
  });
});

describe("money", () => {
  test("G2: rich or not, a call holds the most that it can cost while it runs, and keeps to its budget", async () => {
    const rich = await world.organization("1000000");
    const running = post(chat("[[sim: first=700]]", { max_completion_tokens: 1_000 }), rich.key);
    const held = await until("a hold", async () => {
      const credits = await rich.credits();
      return credits.held_usd > 0n ? credits.held_usd : null;
    });
    // A thousand tokens of output at 0.60 USD a million, and some input.
    expect(held).toBeGreaterThan(parseUsdOrThrow("0.0006"));
    const answer = await running;
    expect((await rich.generation(answer.id)).held_usd).toBe(held);
    const tight = await rich.newKey({ budget: { limitNano: parseUsdOrThrow("0.0001"), period: "total" } });
    expectError(await post(chat("x", { max_completion_tokens: 1_000 }), tight.key), "key_budget_exceeded");
  });

  test("G9: a client that is gone before the first byte pays for the input, and no more", async () => {
    const leaving = new AbortController();
    const promise = call(`${edge.url}/v1/chat/completions`, chat("Think [[sim: first=60000]]", { stream: true }), {
      key: organization.key,
      signal: leaving.signal,
    });
    const rejected = expect(promise).rejects.toThrow();
    await until("the provider to be asked", () => (world.stack.sim.totals().requests > 0 ? true : null));
    leaving.abort();
    await rejected;
    await world.stack.sim.waitFor((received) => received.aborted);
    const [receipt] = await organization.postedReceipts(1);
    const generation = await organization.generation(receipt?.id ?? "");
    expect(generation).toMatchObject({ outcome: "aborted", streamed: true, kind: "estimated" });
    expect(Object.keys(generation.units)).toEqual(["input"]);
    expect(generation.cost_usd).toBeGreaterThan(0n);
    expect(generation.cost_usd).toBeLessThan(generation.held_usd);
  });
});

describe("a provider that bills to the end is read on, but not for ever", () => {
  const DRAINED_MODEL = "groq/llama-3.3-70b-versatile";

  test("the client leaves in mid-stream: at the bound the provider is cancelled and the delivered part charged", async () => {
    const { data: stream, request_id } = await openAi(`${edge.url}/v1`, organization.key)
      .chat.completions.create({
        model: DRAINED_MODEL,
        messages: [{ role: "user", content: "[[sim: tokens=400 delay=50]]" }],
        stream: true,
      })
      .withResponse();
    for await (const chunk of stream) if (chunk.choices.length > 0) break;
    const seen = await world.stack.sim.waitFor((received) => received.provider === "groq");
    expect(seen.outcome).toBe("aborted");
    expect(seen.framesSent).toBeGreaterThan(4);
    const generation = await organization.generation(request_id ?? "");
    expect(generation).toMatchObject({ outcome: "aborted", kind: "estimated" });
    expect(generation.units["output"]).toBeLessThan(200);
    expect(generation.cost_usd).toBeGreaterThan(0n);
  });

  test("the client leaves before the first byte: the bound counts from there, not from the first byte", async () => {
    const leaving = new AbortController();
    const body = chat("[[sim: first=1000 delay=100 tokens=200]]", { model: DRAINED_MODEL, stream: true });
    const promise = call(`${edge.url}/v1/chat/completions`, body, { key: organization.key, signal: leaving.signal });
    const rejected = expect(promise).rejects.toThrow();
    await until("the provider to be asked", () => (world.stack.sim.totals().requests > 0 ? true : null));
    leaving.abort();
    await rejected;
    const seen = await world.stack.sim.waitFor((received) => received.provider === "groq");
    expect(seen.outcome).toBe("aborted");
    // Half a second of frames is left of the bound after the first; the whole bound again would let fifteen pass.
    expect(seen.framesSent).toBeLessThanOrEqual(10);
    const [receipt] = await organization.postedReceipts(1);
    expect(receipt?.costNano).toBeGreaterThan(0n);
  });

  test("the client leaves and the provider then fails: no second attempt is made for nobody", async () => {
    const leaving = new AbortController();
    const body = chat("[[sim: first=600 fail_times=1]]", { model: DRAINED_MODEL });
    const promise = call(`${edge.url}/v1/chat/completions`, body, { key: organization.key, signal: leaving.signal });
    const rejected = expect(promise).rejects.toThrow();
    await until("the provider to be asked", () => (world.stack.sim.totals().requests > 0 ? true : null));
    leaving.abort();
    await rejected;
    const [receipt] = await organization.postedReceipts(1);
    expect(receipt?.costNano).toBe(0n);
    expect(await organization.generation(receipt?.id ?? "")).toMatchObject({
      outcome: "failed",
      attempts: [{ status: 500 }],
    });
    expect(world.stack.sim.totals().requests).toBe(1);
  });
});

describe("G25: a client that does not read", () => {
  test("the provider is held back, the gateway does not swell, and the end is charged", async () => {
    const body = JSON.stringify(chat("Flood [[sim: overrun=200000]]", { stream: true, max_completion_tokens: 100 }));
    const before = await residentBytes();
    const socket = await sendAndNeverRead(
      world.stack.urls.gateway,
      `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${organization.key}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await until("the stream to begin", () => ((world.stack.sim.received()[0]?.framesSent ?? 0) > 0 ? true : null));
    const stuck = await untilStill(() => world.stack.sim.received()[0]?.framesSent ?? 0);
    const seen = world.stack.sim.received()[0];
    expect(seen?.outcome).toBe("open");
    expect(stuck).toBeLessThan((seen?.framesTotal ?? 0) / 3);
    expect((await residentBytes()) - before).toBeLessThan(32 * 1_048_576);
    socket.resetAndDestroy();
    await world.stack.sim.waitFor((received) => received.aborted);
    const [receipt] = await organization.postedReceipts(1);
    expect(receipt?.costNano).toBeGreaterThan(0n);
  });
});

describe("G27: names that would break out of a header or a line", () => {
  test.each([
    ["CR LF", "openai/gpt-4o-mini\r\nx-evil: 1"],
    ["LF", "gpt\nset-cookie: a=b"],
    ["line separator", "gpt\u2028evil"],
    ["paragraph separator", "gpt\u2029evil"],
    ["NUL and escape", "gpt\u0000\u001b[31mevil"],
    ["right-to-left override", "gpt\u202Eevil"],
    ["next line", "gpt\u0085evil"],
  ])("%s in a model name is refused, and comes back without it", async (_name, model) => {
    const answer = await post(chat("Hi", { model }));
    expectError(answer, "model_not_found", { param: "model" });
    expect(JSON.parse(answer.text).error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(answer.headers.get("x-evil")).toBe(null);
    expect(answer.headers.get("set-cookie")).toBe(null);
    const found = await call(`${world.url}/models/${encodeURIComponent(model)}`, null, { method: "GET" });
    expect(found.status).toBe(404);
    expect(found.headers.get("x-evil")).toBe(null);
    expect(world.stack.sim.totals().requests).toBe(0);
  });

  test("an alias is answered under the catalogue's own name, and no header of the caller's goes upstream", async () => {
    const answer = await post(chat("Hi", { model: "gpt-4o-mini" }), organization.key, {
      "x-evil": "1",
      "openai-organization": "org-of-somebody-else",
      cookie: "session=1",
      "x-forwarded-for": "10.0.0.1",
      "user-agent": "canary-agent",
    });
    expect(answer.headers.get("x-prismatic-model")).toBe(LIVE_MODEL);
    const sent = world.stack.sim.received().at(-1)?.headers ?? {};
    expect(Object.keys(sent).sort()).toEqual(
      expect.arrayContaining(["accept", "authorization", "content-length", "content-type", "host"]),
    );
    expect(JSON.stringify(sent)).not.toMatch(/evil|somebody|session=1|10\.0\.0\.1|canary-agent/);
    expect(JSON.stringify(sent)).not.toContain(organization.key);
  });

  test("control characters in values of ours are refused", async () => {
    const wrongCost = await post(chat("Hi"), organization.key, { "x-prismatic-max-cost": "0.05\u00AD" });
    expectError(wrongCost, "invalid_parameter", { param: "x-prismatic-max-cost" });
    const wrongId = await call(`${world.url}/generation?id=gen_%0d%0ax-evil:1`, null, {
      key: organization.key,
      method: "GET",
    });
    expectError(wrongId, "invalid_parameter", { param: "id" });
  });
});

describe("secrets", () => {
  test.each(["echo_key", "echo_key fail=400", "echo_key fail=429 retry_after=9", "echo_key fail=500"])(
    "G20, S3: a provider that repeats our key (%s) is not repeated by us",
    async (directive) => {
      const key = world.stack.secrets.simulated_provider_key;
      for (const stream of [true, false]) {
        const answer = await post(chat(`[[sim: ${directive}]] ${stream}`, { stream }));
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(world.stack.sim.received().at(-1)?.headers["authorization"]).toBe(`Bearer ${key}`);
        const shown = answer.text + JSON.stringify([...answer.headers]);
        expect(shown).not.toContain(key);
        expect(shown).not.toContain("Incorrect API key");
        const receipt = await organization.generation(answer.id);
        const receiptText = JSON.stringify(receipt, (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        );
        expect(receiptText).not.toContain(key);
      }
      expect(placesOf(key, dumpLogs(world))).toEqual([]);
    },
  );

  test("S3: an error event inside a stream is replaced by our own", async () => {
    const answer = await post(chat("[[sim: fixture=openai-chat/error-event.sse]]", { stream: true }));
    expect(answer.text).not.toContain("The server had an error while processing your request.");
    expect(answer.text).toContain('"code":"upstream_');
  });

  test("S7: a plain hash written into the database opens nothing", async () => {
    const peppers = await parsePeppers(world.stack.secrets.key_peppers);
    const { key } = await mintKey({ mode: "live", ...organization.row }, peppers, systemRandom);
    await world.sql(
      `INSERT INTO api_key (id, org_id, name, prefix, last_four, key_hash, pepper_version, mode, scopes)
       VALUES ($1, $2, 'planted', $3, $4, $5, '1', 'live', '{inference}')`,
      [
        newId("apiKey", systemClock, systemRandom),
        organization.id,
        key.slice(0, 17),
        key.slice(-4),
        createHash("sha256").update(key).digest("hex"),
      ],
    );
    await world.stack.projectNow();
    expectError(await post(chat("Hi"), key), "invalid_api_key");
  });

  test("a well-made key of no organization creates no object", async () => {
    const tables = "CREATE TABLE key_record";
    // A database's pages may move from its log to its file at any moment: both count as one.
    const objectsWithTables = async () => {
      const places = placesOf(tables, await dumpFiles(world, "objects"));
      return [...new Set(places.map((name) => name.replace(/-(wal|shm)$/, "")))].sort();
    };
    const before = await objectsWithTables();
    expect(before.length).toBeGreaterThan(0);
    const peppers = await parsePeppers(world.stack.secrets.key_peppers);
    const owner = { mode: "live", region: "g", locator: newLocator(systemRandom) } as const;
    for (const path of ["/credits", "/key"]) {
      const { key } = await mintKey(owner, peppers, systemRandom);
      expectError(await call(`${world.url}${path}`, null, { key, method: "GET" }), "invalid_api_key");
      expectError(await post(chat("Hi"), key), "invalid_api_key");
    }
    expect(await objectsWithTables()).toEqual(before);
  });
});

describe("tenants", () => {
  test("S20: another organization's receipt is as absent as one that never was, waiting or posted", async () => {
    const other = await world.organization();
    const answer = await post(chat("Mine"));
    await organization.generation(answer.id);
    const foreign = () => call(`${world.url}/generation?id=${answer.id}`, null, { key: other.key, method: "GET" });
    const never = newId("generation", systemClock, systemRandom);
    const unknown = await call(`${world.url}/generation?id=${never}`, null, { key: other.key, method: "GET" });
    expectError(unknown, "generation_not_found");
    const waiting = await foreign();
    expectError(waiting, "generation_not_found");
    await organization.postedGeneration(answer.id);
    const posted = await foreign();
    expectError(posted, "generation_not_found");
    const shape = (text: string) => text.replace(/gen_[0-9a-z]{26}/g, "gen");
    expect([shape(waiting.text), shape(posted.text)]).toEqual([shape(unknown.text), shape(unknown.text)]);
    expect(await other.credits()).toMatchObject({ balance_usd: other.creditNano, held_usd: 0n });
  });
});

describe("no content at rest", () => {
  test("S1, S2: a canary in prompt, tools, image, output and errors is in no table, no object, no log; nor are keys", async () => {
    const canary = `canary-${randomBytes(12).toString("hex")}`;
    const testKey = (await organization.newKey({ mode: "test" })).key;
    const ids = [...(await spreadCanary(canary)), ...(await echoCanary(canary, testKey))];
    await abortWithCanary(canary);
    expect(
      world.stack.sim.received().filter(({ body }) => JSON.stringify(body).includes(canary)).length,
    ).toBeGreaterThan(5);

    await organization.postedReceipts(ids.length + 1);
    await until("the log lines", () => (ids.every((id) => placesOf(id, dumpLogs(world)).length > 0) ? true : null));
    const haystacks: Haystack[] = [
      ...(await dumpTables(world)),
      ...(await dumpFiles(world, "objects")),
      ...(await dumpFiles(world, "pg")),
      ...dumpLogs(world),
    ];
    // The search itself works: it finds what has to be there.
    const found = placesOf(organization.id, haystacks);
    expect(found).toEqual(expect.arrayContaining(["table public.organization", "log lines"]));
    expect(found.some((name) => name.startsWith("objects/"))).toBe(true);
    expect(found.some((name) => name.startsWith("pg/"))).toBe(true);

    expect(placesOf(canary, haystacks)).toEqual([]);
    for (const key of [organization.key, testKey, world.stack.secrets.simulated_provider_key]) {
      expect(placesOf(key, haystacks)).toEqual([]);
      expect(placesOf(createHash("sha256").update(key).digest("hex"), haystacks)).toEqual([]);
    }
  });

  /** On success and on error, in every place of a request; the ids of the admitted calls. */
  async function spreadCanary(canary: string): Promise<string[]> {
    const tool = { type: "function", function: { name: "look", description: canary, parameters: { type: "object" } } };
    const messages = [
      { role: "system", content: canary },
      {
        role: "user",
        content: [
          { type: "text", text: `${canary} [[sim: tokens=5]]` },
          { type: "image_url", image_url: { url: BASE64_IMAGE + canary, detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: canary, type: "function", function: { name: "look", arguments: `{"at":"${canary}"}` } }],
      },
      { role: "tool", tool_call_id: canary, content: canary },
    ];
    const admitted = [
      chat("", { messages, tools: [tool], user: canary, metadata: { canary }, stream: true }),
      chat("", { messages, tools: [tool], stop: canary }),
      chat(`${canary} [[sim: fail=400]]`),
      chat(`${canary} [[sim: fail=500]]`, { stream: true }),
      chat(`${canary} [[sim: die_after=3]]`, { stream: true }),
      chat(`${canary} [[sim: garbage]]`),
    ];
    const ids: string[] = [];
    for (const body of admitted) ids.push((await post(body)).id);
    const embedded = await call(
      `${world.url}/embeddings`,
      { model: "openai/text-embedding-3-small", input: canary, user: canary },
      { key: organization.key },
    );
    const refused = [
      await post(chat(canary, { model: canary })),
      await post(chat(canary, { n: canary })),
      await post(`{"model":"${canary}`),
      await post(chat(canary), `${organization.key.slice(0, -8)}${canary.slice(-8)}`),
      await call(`${world.url}/${canary}?${canary}=1`, null, { key: organization.key, method: "GET" }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([404, 400, 400, 401, 404]);
    return [...ids, embedded.id];
  }

  /** The sandbox repeats what it is told: the canary is in the output too. */
  async function echoCanary(canary: string, testKey: string): Promise<string[]> {
    const body = (stream: boolean) => ({ ...chat(canary, { stream }), model: "sandbox/echo" });
    const whole = await post(body(false), testKey);
    const streamed = await post(body(true), testKey);
    expect(whole.text).toContain(canary);
    return [whole.id, streamed.id];
  }

  async function abortWithCanary(canary: string): Promise<void> {
    const stream = await openAi(`${edge.url}/v1`, organization.key).chat.completions.create({
      model: LIVE_MODEL,
      messages: [{ role: "user", content: `${canary} [[sim: tokens=2000 delay=5]]` }],
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices.length > 0) break;
    await world.stack.sim.waitFor((received) => received.aborted);
  }
});

describe("G5: the Account object cannot be reached", () => {
  let broken: World;

  beforeAll(async () => {
    // The object reads this variable and refuses to start with it; the gateway itself does not look at it.
    broken = await startWorld({ gatewayEnv: { HOLD_GRACE_MS: "never" } });
  });
  afterAll(() => broken.stop());

  test("every route that asks it fails closed, and no provider is called", async () => {
    const tenant = await broken.organization();
    for (const stream of [true, false]) {
      const answer = await call(`${broken.url}/chat/completions`, chat("Hi", { stream }), { key: tenant.key });
      expectError(answer, "account_unavailable");
    }
    const embeddings = { model: "openai/text-embedding-3-small", input: "Hi" };
    expectError(await call(`${broken.url}/embeddings`, embeddings, { key: tenant.key }), "account_unavailable");
    for (const path of ["/credits", "/key", `/generation?id=${newId("generation", systemClock, systemRandom)}`]) {
      expectError(await call(`${broken.url}${path}`, null, { key: tenant.key, method: "GET" }), "account_unavailable");
    }
    expect(broken.stack.sim.totals().requests).toBe(0);
    expect((await fetch(`${broken.stack.urls.gateway}/health`)).status).toBe(200);
  });
});

/** Resident memory of the processes that the stack has beside this one: workerd. */
async function residentBytes(): Promise<number> {
  const sizes = await Promise.all(
    world.stack.childPids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? "0") * 1_024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The value once it has not changed for a while. */
async function untilStill(read: () => number): Promise<number> {
  const STILL_MS = 400;
  let value = read();
  let sinceMs = Date.now();
  return until("it to stand still", () => {
    const now = read();
    if (now !== value) {
      value = now;
      sinceMs = Date.now();
    }
    return Date.now() - sinceMs > STILL_MS ? value : null;
  });
}

import Anthropic from "@anthropic-ai/sdk";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { simulatedKey } from "../../dev/sim/index.ts";
import { call, chat, expectError, LIVE_MODEL, type Answer } from "./support/client.ts";
import { dumpFiles, dumpLogs, dumpTables, placesOf } from "./support/search.ts";
import { startWorld, until, type Organization, type World } from "./support/world.ts";

const HAIKU = "anthropic/claude-haiku-4-5-20251001";
const FLASH = "google/gemini-2.5-flash";
const NOVA = "bedrock/amazon.nova-pro-v1:0";
/** The published fee: five percent of the price, rounded up to whole nano-USD. */
const feeOf = (nano: bigint): bigint => (nano * 5n + 99n) / 100n;

let world: World;
let organization: Organization;

beforeAll(async () => {
  world = await startWorld({ onDisk: true, gatewayEnv: { FLUSH_INTERVAL_MS: "100" } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.stack.sim.reset();
  organization = await world.organization();
});

const post = (body: unknown, key = organization.key): Promise<Answer> =>
  call(`${world.url}/chat/completions`, body, { key });

const ownSecret = (): string => `sk-own-${randomBytes(24).toString("hex")}`;

/** The keys that a provider was sent, in order. */
const sentKeys = () => world.stack.sim.received().map(({ headers }) => (headers["authorization"] ?? "").slice(7));

const USAGE = "[[sim: usage_input=1000 usage_output=100]]";

describe("an own key that is used first", () => {
  test("answers, is charged the fee alone, and the receipt says so, whole and streamed", async () => {
    const plain = await post(chat(`Ours ${USAGE}`));
    const full = await organization.generation(plain.id);
    expect(full.flags).not.toContain("byok");
    const secret = ownSecret();
    await organization.putProviderKey("openai", "first", secret);
    world.stack.sim.reset();
    for (const stream of [false, true]) {
      const answer = await post(chat(`Theirs ${USAGE}`, { stream }));
      expect(answer.status, answer.text).toBe(200);
      const receipt = await organization.generation(answer.id);
      expect(receipt.flags).toContain("byok");
      expect(receipt.cost_usd).toBe(feeOf(full.cost_usd));
    }
    expect(sentKeys()).toEqual([secret, secret]);
  });

  test("is refused: ours answers at the whole price, both attempts are in the receipt", async () => {
    const secret = ownSecret();
    await organization.putProviderKey("openai", "first", secret);
    const answer = await post(chat("Ours then [[sim: fail=401 fail_times=1 usage_input=1000 usage_output=100]]"));
    expect(answer.status, answer.text).toBe(200);
    expect(sentKeys()).toEqual([secret, world.stack.secrets.simulated_provider_key]);
    const receipt = await organization.generation(answer.id);
    expect(receipt.flags).not.toContain("byok");
    expect(receipt.attempts).toMatchObject([
      { status: 401, code: "byok_key_rejected" },
      { status: 200, code: null },
    ]);
    const plain = await world.organization();
    const same = await post(chat(`Ours ${USAGE}`), plain.key);
    expect(receipt.cost_usd).toBe((await plain.generation(same.id)).cost_usd);
  });

  test("is replaced and removed within a lease's life", async () => {
    const [first, second] = [ownSecret(), ownSecret()];
    const ours = world.stack.secrets.simulated_provider_key;
    const isSentNext = (key: string): Promise<true> =>
      until("the key to be sent", async () => {
        await post(chat("Next"));
        return sentKeys().at(-1) === key ? true : null;
      });
    await organization.putProviderKey("openai", "first", first);
    await isSentNext(first);
    await organization.putProviderKey("openai", "first", second);
    await isSentNext(second);
    await organization.removeProviderKey("openai");
    await isSentNext(ours);
    // In this order, and none comes back.
    expect(new Set(sentKeys().slice(sentKeys().indexOf(first)))).toEqual(new Set([first, second, ours]));
    expect(sentKeys().lastIndexOf(first)).toBeLessThan(sentKeys().indexOf(second));
    expect(sentKeys().lastIndexOf(second)).toBeLessThan(sentKeys().lastIndexOf(ours));
  });

  test.each([
    ["anthropic", HAIKU, "x-api-key"],
    ["google", FLASH, "x-goog-api-key"],
    ["bedrock", NOVA, "authorization"],
  ])("of %s is sent as that provider wants it", async (provider, model, header) => {
    const text = ownSecret();
    const secret = simulatedKey(provider, text);
    await organization.putProviderKey(provider, "only", secret);
    const answer = await post(chat("Hi", { model, max_completion_tokens: 50 }));
    expect(answer.status, answer.text).toBe(200);
    const sent = world.stack.sim.received().at(-1)?.headers[header] ?? "";
    if (provider === "bedrock") {
      // AWS is sent a signature; its access key stands in it, its secret nowhere.
      const [accessKey = "", secretKey = "?"] = secret.split(":");
      expect(sent).toContain(`Credential=${accessKey}/`);
      expect(JSON.stringify(world.stack.sim.received())).not.toContain(secretKey);
    } else expect(sent).toBe(secret);
    expect((await organization.generation(answer.id)).flags).toContain("byok");
  });
});

describe("an own key that alone may be used", () => {
  test("is held at the fee, where ours would be held at the price", async () => {
    const body = chat("Hi", { max_completion_tokens: 1_000 });
    const ours = await organization.generation((await post(body)).id);
    await organization.putProviderKey("openai", "only", ownSecret());
    const theirs = await organization.generation((await post(body)).id);
    expect(theirs.held_usd).toBe(feeOf(ours.held_usd));
    expect(theirs.cost_usd).toBe(feeOf(ours.cost_usd));
  });

  test("a call that the balance could not hold at the price runs on the own key", async () => {
    const poor = await world.organization("0.0001");
    const body = chat("Hi", { max_completion_tokens: 1_000 });
    expectError(await post(body, poor.key), "insufficient_credit");
    await poor.putProviderKey("openai", "only", ownSecret());
    expect((await post(body, poor.key)).status).toBe(200);
  });

  test.each([401, 402, 403])("refused with %i: 403 to the caller, never ours, nothing charged", async (status) => {
    const secret = ownSecret();
    await organization.putProviderKey("openai", "only", secret);
    const answer = await post(chat(`No [[sim: fail=${status}]]`));
    expectError(answer, "byok_key_rejected");
    expect(new Set(sentKeys())).toEqual(new Set([secret]));
    expect(await organization.generation(answer.id)).toMatchObject({ outcome: "failed", cost_usd: 0n });
    expect((await organization.credits()).balance_usd).toBe(organization.creditNano);
  });

  test("refused, in the caller's own format", async () => {
    await organization.putProviderKey("anthropic", "only", ownSecret());
    const client = new Anthropic({ baseURL: world.stack.urls.gateway, apiKey: organization.key, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "No [[sim: bad_key]]" }];
    const fault: unknown = await client.messages
      .create({ model: HAIKU, max_tokens: 9, messages })
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Anthropic.PermissionDeniedError);
    await organization.putProviderKey("google", "only", ownSecret());
    const gemini = await call(
      `${world.stack.urls.gateway}/v1beta/models/${FLASH}:generateContent`,
      { contents: [{ role: "user", parts: [{ text: "No [[sim: bad_key]]" }] }] },
      { key: organization.key },
    );
    expect(JSON.parse(gemini.text)).toMatchObject({ error: { code: 403, status: "PERMISSION_DENIED" } });
  });
});

describe("an own key that is none", () => {
  test.each([
    ["a line break", "openai", LIVE_MODEL, "sk-own\r\nx-evil: 1"],
    ["letters that no header holds", "anthropic", HAIKU, "schl\u00fcssel-\u2603"],
    ["no signature to be made of it", "bedrock", NOVA, "only-one-part"],
  ])(
    "G27: with %s: refused as the caller's own where it alone may be used, else ours answers",
    async (_name, ...key) => {
      const [provider, model, secret] = key;
      const body = chat("Hi", { model, max_completion_tokens: 50 });
      await organization.putProviderKey(provider, "only", secret);
      expectError(await post(body), "byok_key_rejected");
      expect(world.stack.sim.totals().requests).toBe(0);
      await organization.putProviderKey(provider, "first", secret);
      const answer = await post(body);
      expect(answer.status, answer.text).toBe(200);
      expect((await organization.generation(answer.id)).flags).not.toContain("byok");
      expect(JSON.stringify(world.stack.sim.received())).not.toMatch(/evil|only-one-part/);
    },
  );
});

describe("whose key it is", () => {
  test("G28: one tenant's sealed key, stored under another, opens for nobody and reaches no provider", async () => {
    const secret = ownSecret();
    await organization.putProviderKey("openai", "only", secret);
    const thief = await world.organization();
    await world.sql(
      `INSERT INTO provider_key (org_id, provider, mode, sealed, key_version)
       SELECT $2, provider, mode, sealed, key_version FROM provider_key WHERE org_id = $1`,
      [organization.id, thief.id],
    );
    await world.stack.projectNow();
    expectError(await post(chat("Hi"), thief.key), "byok_key_rejected");
    expect(world.stack.sim.totals().requests).toBe(0);
    await world.sql("UPDATE provider_key SET mode = 'first' WHERE org_id = $1", [thief.id]);
    await world.stack.projectNow();
    const answer = await post(chat("Hi"), thief.key);
    expect(sentKeys()).toEqual([world.stack.secrets.simulated_provider_key]);
    expect((await thief.generation(answer.id)).flags).not.toContain("byok");
  });

  test("an own key of one provider is sent to no other", async () => {
    const secret = ownSecret();
    await organization.putProviderKey("openai", "first", secret);
    for (const model of [HAIKU, FLASH, "groq/llama-3.3-70b-versatile"]) {
      expect((await post(chat("Hi", { model, max_completion_tokens: 50 }))).status).toBe(200);
    }
    const failed = await post(chat("Hi [[sim: fail=503]]", { models: [LIVE_MODEL, "groq/llama-3.3-70b-versatile"] }));
    expect(failed.status).toBe(503);
    const others = world.stack.sim.received().filter(({ provider }) => provider !== "openai");
    expect(others.length).toBeGreaterThan(3);
    expect(JSON.stringify(others)).not.toContain(secret);
  });

  test("G20: an own key is in no table, object, log, answer or error, also when its provider repeats it", async () => {
    const secret = ownSecret();
    await organization.putProviderKey("openai", "first", secret);
    const answers = [
      await post(chat("Hi")),
      await post(chat("Hi", { stream: true })),
      await post(chat("[[sim: echo_key]]")),
      await post(chat("[[sim: echo_key fail=400]]", { stream: true })),
    ];
    expect(sentKeys()).toContain(secret);
    for (const { text, headers } of answers) expect(text + JSON.stringify([...headers])).not.toContain(secret);
    await organization.postedReceipts(answers.length);
    await until("the log lines", () =>
      answers.every(({ id }) => placesOf(id, dumpLogs(world)).length > 0) ? true : null,
    );
    const haystacks = [
      ...(await dumpTables(world)),
      ...(await dumpFiles(world, "objects")),
      ...(await dumpFiles(world, "pg")),
      ...dumpLogs(world),
    ];
    expect(placesOf(organization.id, haystacks)).toEqual(expect.arrayContaining(["table public.provider_key"]));
    expect(placesOf(secret, haystacks)).toEqual([]);
  });
});

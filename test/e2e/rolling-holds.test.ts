import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { nanoUsd, type ErrorCode, type NanoUsd } from "#kernel";
import { readersFor, saysCode, type Ask, type Read, type Reader, type Readers } from "./long-streams/readers.ts";
import { call, chat, expectError } from "./support/client.ts";
import { startEdge, type Edge } from "./support/edge.ts";
import { parseUsdOrThrow, startWorld, until, type Generation, type Organization, type World } from "./support/world.ts";

const ONE_USD = parseUsdOrThrow("1");
/** Of what is held at first three times as much, and a bit. */
const THREE_SLICES_TOKENS = 3_200;
const TOKENS = 100_000;

/**
 * Models of which all that a request asks for costs 8 USD: 100,000 tokens at 80 USD a million, and of those that cannot
 * say as much what they can, at so much more.
 */
const ENDPOINTS = {
  "groq/llama-3.1-8b-instant": { maximum: TOKENS, usd: 80 },
  "anthropic/claude-opus-4-5-20251101": { maximum: 64_000, usd: 125 },
  "openai/gpt-4.1": { maximum: 32_000, usd: 250 },
  "google/gemini-2.5-flash-lite": { maximum: 64_000, usd: 125 },
} as const;
type Model = keyof typeof ENDPOINTS;

interface Caller {
  readonly reader: keyof Readers;
  readonly model: Model;
}

const AS_IT_COMES: readonly Caller[] = [
  { reader: "chat", model: "groq/llama-3.1-8b-instant" },
  { reader: "responses", model: "openai/gpt-4.1" },
  { reader: "messages", model: "anthropic/claude-opus-4-5-20251101" },
  { reader: "gemini", model: "google/gemini-2.5-flash-lite" },
  { reader: "aiChat", model: "groq/llama-3.1-8b-instant" },
  { reader: "aiResponses", model: "openai/gpt-4.1" },
  { reader: "aiMessages", model: "anthropic/claude-opus-4-5-20251101" },
  { reader: "aiGemini", model: "google/gemini-2.5-flash-lite" },
];
const TRANSLATED: readonly Caller[] = [
  { reader: "chat", model: "anthropic/claude-opus-4-5-20251101" },
  { reader: "responses", model: "anthropic/claude-opus-4-5-20251101" },
  { reader: "messages", model: "groq/llama-3.1-8b-instant" },
  { reader: "gemini", model: "groq/llama-3.1-8b-instant" },
  { reader: "completions", model: "groq/llama-3.1-8b-instant" },
];
const FOUR_FORMATS = AS_IT_COMES.slice(0, 4);
const [CHAT] = AS_IT_COMES;

let world: World;
let edge: Edge;

beforeAll(async () => {
  // A stream that only a lease stands in the way of waits until that ends: so it ends soon.
  world = await startWorld({ gatewayEnv: { FLUSH_INTERVAL_MS: "50", DRAIN_MS: "500", LEASE_LIFE_MS: "1000" } });
  edge = await startEdge(world.stack.urls.gateway);
  const perMillion = (usd: number) => ({ base: { pico: `${usd}${"0".repeat(12)}`, per: "1000000" }, tiers: [] });
  const entries = Object.entries(ENDPOINTS).map(([endpoint, { usd }]) => ({
    endpoint,
    dated: {
      from: "2026-11-01T00:00:00.000Z",
      prices: { input: perMillion(1), output: perMillion(usd) },
      source: null,
    },
  }));
  await world.sql("INSERT INTO price_override (entries) VALUES ($1::jsonb)", [JSON.stringify(entries)]);
});
afterAll(async () => {
  await edge.stop();
  await world.stop();
});
beforeEach(() => world.stack.sim.reset());

const readersOf = ({ key }: { readonly key: string }): Readers => readersFor(world.stack.urls.gateway, key);

const ask = (model: Model, more: Partial<Ask> = {}): Ask => ({
  model,
  prompt: `Tell me everything. [[sim: tokens=${TOKENS}]]`,
  maximum: ENDPOINTS[model].maximum,
  ...more,
});

/** `first`: neither streams before both were admitted. */
const readTwo = (speaker: Reader, model: Model): Promise<readonly Read[]> => {
  const one = ask(model, { prompt: `Tell me everything. [[sim: tokens=${TOKENS} first=300]]` });
  return Promise.all([speaker.read(one), speaker.read(one)]);
};

async function receiptsOf(organization: Organization, expected: number): Promise<readonly Generation[]> {
  const posted = await organization.postedReceipts(expected);
  return Promise.all(posted.map(({ id }) => organization.postedGeneration(id)));
}

const sumOf = (receipts: readonly Generation[]): NanoUsd =>
  nanoUsd(receipts.reduce((sum, { cost_usd }) => sum + cost_usd, 0n));

/** Nearly all of a limit was used, nothing beyond it, and the wallet paid just that. */
async function expectUsedUp(
  organization: Organization,
  receipts: readonly Generation[],
  limit: NanoUsd = organization.creditNano,
): Promise<void> {
  const usedNano = sumOf(receipts);
  expect(usedNano).toBeLessThanOrEqual(limit);
  expect(usedNano * 10n).toBeGreaterThanOrEqual(limit * 9n);
  expect(await organization.credits()).toMatchObject({
    balance_usd: organization.creditNano - usedNano,
    held_usd: 0n,
  });
}

/** Their texts were shown and ended as at a maximum; whom the provider did not end was told why, and charged what was held. */
function expectCut(reads: readonly Read[], receipts: readonly Generation[], speaker: Reader, code: ErrorCode): void {
  const cut = reads.filter(({ error }) => error !== null);
  expect(cut.length).toBeGreaterThan(0);
  for (const { error } of cut) expect(saysCode(error, code), String(error)).toBe(true);
  for (const { text, finish } of reads) {
    expect(text.length).toBeGreaterThan(100);
    // `ai` gives no finish beside an error.
    if (!speaker.name.startsWith("ai")) expect(finish).toBe(speaker.lengthFinish);
  }
  const interrupted = receipts.filter(({ outcome }) => outcome === "interrupted");
  expect(interrupted).toHaveLength(cut.length);
  for (const receipt of interrupted) {
    expect(receipt).toMatchObject({ error_code: code, kind: "estimated", status: 200 });
    expect(receipt.cost_usd).toBeLessThanOrEqual(receipt.held_usd);
  }
}

const threeSlicesOf = (model: Model): string => ((ENDPOINTS[model].usd * THREE_SLICES_TOKENS) / 1_000_000).toFixed(2);

/** Two at once, of a balance that one alone would use up. */
async function expectTwoEndAt(balanceUsd: string, { reader, model }: Caller): Promise<void> {
  const organization = await world.organization(balanceUsd);
  const speaker = readersOf(organization)[reader];
  const reads = await readTwo(speaker, model);
  const receipts = await receiptsOf(organization, 2);
  expectCut(reads, receipts, speaker, "insufficient_credit");
  await expectUsedUp(organization, receipts);
}

describe("a balance of 1 USD, and a request of 8 USD", () => {
  test.each(FOUR_FORMATS)("$reader: it streams, and ends at the balance", async ({ reader, model }) => {
    const organization = await world.organization("1");
    const speaker = readersOf(organization)[reader];
    const read = await speaker.read(ask(model));
    expect(read).toMatchObject({ error: null, finish: speaker.lengthFinish });
    const receipts = await receiptsOf(organization, 1);
    expect(receipts).toMatchObject([{ outcome: "completed", kind: "measured", endpoint: model }]);
    expect(read.outputTokens).toBe(receipts[0]?.units["output"]);
    await expectUsedUp(organization, receipts);
  });

  test.each(FOUR_FORMATS)("$reader of $model: two at once end at it together, and are told why", (caller) =>
    expectTwoEndAt("1", caller),
  );
});

// What two streams of 1 USD show they show of less: other clients need not read as much again.
describe("a balance of three slices, and a request of 8 USD", () => {
  test.each([...AS_IT_COMES.slice(FOUR_FORMATS.length), ...TRANSLATED])(
    "$reader of $model: two at once end at it together, and are told why",
    (caller) => expectTwoEndAt(threeSlicesOf(caller.model), caller),
  );
});

describe("other limits of 1 USD", () => {
  test("a key's budget ends a stream, and two at once, with its own code", async () => {
    const organization = await world.organization("100");
    const caller = CHAT ?? expect.fail("no caller");
    for (const streams of [1, 2]) {
      const key = await organization.newKey({ budget: { limitNano: ONE_USD, period: "month" } });
      const speaker = readersOf(key)[caller.reader];
      const before = streams === 1 ? 0 : 1;
      const reads = streams === 2 ? await readTwo(speaker, caller.model) : [await speaker.read(ask(caller.model))];
      const receipts = (await receiptsOf(organization, before + streams)).slice(before);
      expect(sumOf(receipts)).toBeLessThanOrEqual(ONE_USD);
      expect(sumOf(receipts) * 10n).toBeGreaterThanOrEqual(ONE_USD * 9n);
      if (streams === 2) expectCut(reads, receipts, speaker, "key_budget_exceeded");
    }
  });

  test("x-prismatic-max-cost ends a stream", async () => {
    const organization = await world.organization("100");
    const speaker = readersOf(organization).messages;
    const read = await speaker.read(
      ask("anthropic/claude-opus-4-5-20251101", { headers: { "x-prismatic-max-cost": "1" } }),
    );
    expect(read).toMatchObject({ error: null, finish: speaker.lengthFinish });
    await expectUsedUp(organization, await receiptsOf(organization, 1), ONE_USD);
  });
});

test("a short answer of a model that could say 10 USD worth needs cents on the balance, and holds them only", async () => {
  const organization = await world.organization("0.2");
  const read = await readersOf(organization).chat.read({
    model: "groq/llama-3.1-8b-instant",
    prompt: "Say one line. [[sim: tokens=12]]",
    maximum: 128_000,
  });
  expect(read).toMatchObject({ error: null, finish: "stop", outputTokens: 12 });
  const [receipt] = await receiptsOf(organization, 1);
  // The first slice, 1,024 tokens at 80 USD a million, and the bound of the input.
  expect(receipt?.held_usd).toBeLessThan(parseUsdOrThrow("0.09"));
  expect(receipt?.cost_usd).toBeLessThan(parseUsdOrThrow("0.002"));
});

test("what hides output is held whole: reasoning that is asked for, and whole answers", async () => {
  const organization = await world.organization("20");
  const held = async (fields: object): Promise<NanoUsd> => {
    const body = chat("Hello [[sim: tokens=12]]", {
      model: "anthropic/claude-opus-4-5-20251101",
      max_tokens: 64_000,
      ...fields,
    });
    const answer = await call(`${world.url}/chat/completions`, body, { key: organization.key });
    expect(answer.status, answer.text).toBe(200);
    return (await organization.generation(answer.id)).held_usd;
  };
  const whole = parseUsdOrThrow("8");
  expect(await held({ stream: false })).toBeGreaterThan(whole);
  expect(await held({ stream: true, reasoning_effort: "low" })).toBeGreaterThan(whole);
  expect(await held({ stream: true })).toBeLessThan(ONE_USD);
});

test("an extension under way when the client leaves does no harm: the call is settled once, and nothing stays held", async () => {
  const organization = await world.organization("10");
  const leaving = new AbortController();
  const body = chat(`[[sim: tokens=${TOKENS}]]`, { model: "groq/llama-3.1-8b-instant", stream: true });
  const sent = await fetch(`${edge.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${organization.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: leaving.signal,
  });
  const reader = sent.body?.getReader();
  for (let bytes = 0; bytes < 300_000;) bytes += (await reader?.read())?.value?.length ?? expect.fail("it ended");
  leaving.abort();
  const [receipt] = await receiptsOf(organization, 1);
  expect(receipt?.outcome).toBe("aborted");
  expect(receipt?.cost_usd).toBeLessThanOrEqual(receipt?.held_usd ?? 0n);
  await until("nothing to be held", async () => ((await organization.credits()).held_usd === 0n ? true : null));
  expect((await organization.credits()).balance_usd).toBe(organization.creditNano - (receipt?.cost_usd ?? 0n));
});

test("with nothing left the next call is refused as ever", async () => {
  const organization = await world.organization("0.01");
  const answer = await call(
    `${world.url}/chat/completions`,
    chat("Hello".repeat(3_000), { model: "groq/llama-3.1-8b-instant", stream: true, max_tokens: TOKENS }),
    { key: organization.key },
  );
  expectError(answer, "insufficient_credit");
});

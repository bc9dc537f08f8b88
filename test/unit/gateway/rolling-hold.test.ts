import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import type { ExtendCommand, ExtendResult, Refusal } from "#admission";
import { costNano, nanoUsd, ZERO_NANO, type NanoUsd, type Price } from "#kernel";
import { estimateUnits } from "#metering";
import type { ReadResult } from "#providers";
import { createChatStreamTap, openAiChatClient, type AnswerSummary, type EncoderOptions } from "#wire";
import { relayStream, type RelayOptions } from "../../../workers/gateway/inference/relay-stream.ts";
import { RollingHold } from "../../../workers/gateway/inference/rolling-hold.ts";
import { handTimer } from "../providers/hand-timer.ts";

const MILLION = 1_000_000n;
/** 1,000 nano-USD for a token. */
const PRICE: Price = { pico: MILLION * MILLION, per: MILLION };
const TOKEN = 1_000n;
const SLICE = 100;
const BASE = nanoUsd(5_000n);
const MAXIMUM = 10_000;
const MAX_MS = 60_000;

const encoder = new TextEncoder();
const eventOf = (content: string, finish: string | null = null): Uint8Array =>
  encoder.encode(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`);
/** A provider that sends a token per event. */
const tokens = (count: number): Uint8Array[] => Array.from({ length: count }, () => eventOf(" abc"));
const DONE = encoder.encode("data: [DONE]\n\n");

const refusal = (code: Refusal["code"], more: Partial<Refusal> = {}): Refusal => ({
  code,
  params: {},
  retryAfterMs: null,
  limits: null,
  ...more,
});

/** An account with so much to give, which answers when it is let. */
class Account {
  held: bigint;
  left: bigint;
  readonly asked: ExtendCommand[] = [];
  shortage: Refusal = refusal("insufficient_credit");
  /** Answers wait for this. */
  gate: Promise<void> = Promise.resolve();
  isSilent = false;

  constructor(held: bigint, left: bigint) {
    this.held = held;
    this.left = left;
  }

  readonly extend = async (command: ExtendCommand): Promise<ExtendResult> => {
    this.asked.push(command);
    await this.gate;
    if (this.isSilent) return { heldNano: ZERO_NANO, refusal: refusal("account_unavailable") };
    const needed = command.toNano - this.held;
    const granted = needed < this.left ? needed : this.left;
    if (granted > 0n) {
      this.held += granted;
      this.left -= granted;
    }
    return { heldNano: nanoUsd(this.held), refusal: granted < needed ? this.shortage : null };
  };
}

const outputOf = ({ delivered }: AnswerSummary, maximum = MAXIMUM): number =>
  estimateUnits({ operation: "chat.completions", inputTokens: 0, delivered, outputMaximum: maximum, aborted: true })
    .output ?? 0;

/** What an answer is charged: its input as bounded, which is the most, and each token. */
const charged = (summary: AnswerSummary, price = PRICE, maximum = MAXIMUM): NanoUsd =>
  nanoUsd(BASE + costNano([{ units: BigInt(outputOf(summary, maximum)), price }]));

const request = openAiChatClient.parseRequest(
  '{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}',
  { model: null, stream: null },
);
const ENCODER: EncoderOptions = { requestId: "gen_1", model: "m", createdSeconds: 1, includeUsage: true, request };

/** An upstream that says what it is told to, then ends or is silent until it is cancelled. */
function upstreamOf(chunks: readonly Uint8Array[], ends: boolean) {
  const waiting = [...chunks];
  const cancelled = Promise.withResolvers<ReadResult>();
  const seen = { reads: 0, isCancelled: false };
  return {
    seen,
    read: (): Promise<ReadResult> => {
      seen.reads += 1;
      const bytes = seen.isCancelled ? undefined : waiting.shift();
      if (bytes) return Promise.resolve({ type: "chunk", bytes });
      return ends && !seen.isCancelled ? Promise.resolve({ type: "end" }) : cancelled.promise;
    },
    cancel: () => {
      seen.isCancelled = true;
      cancelled.resolve({ type: "aborted" });
    },
  };
}

interface Scene {
  readonly account: Account;
  readonly chunks: readonly Uint8Array[];
  readonly ends?: boolean;
  readonly maximum?: number;
  readonly price?: Price;
  readonly slice?: number;
  readonly relay?: Partial<RelayOptions>;
}

function start({ account, chunks, ends = true, maximum = MAXIMUM, price = PRICE, slice = SLICE, relay: more }: Scene) {
  const hand = handTimer();
  const client = new AbortController();
  const reader = upstreamOf(chunks, ends);
  const hold = new RollingHold({
    id: "gen_1",
    teller: { extend: account.extend },
    timer: hand.timer,
    heldNano: nanoUsd(account.held),
    cost: { baseNano: BASE, price, feePerMillion: null },
    sliceTokens: slice,
    maximumTokens: maximum,
    costSoFar: (summary) => charged(summary, price, maximum),
  });
  const tap = createChatStreamTap({ choices: 1, dropUsageChunk: false, gated: { gate: hold, encoder: ENCODER } });
  const relay = relayStream({
    reader,
    tap,
    abortPolicy: "cancel",
    clientSignal: client.signal,
    drainMs: 100,
    maxMs: MAX_MS,
    timer: hand.timer,
    onProgress: () => undefined,
    onFirstByte: () => undefined,
    encodeFault: (code) => encoder.encode(`data: {"error":{"code":"${code}"}}\n\n`),
    rolling: {
      hold,
      tap: tap.gated ?? expect.fail("a tap without its gate"),
      usageOf: (summary) => ({ type: "usage", units: { input: 5, output: outputOf(summary) }, costUsd: null }),
      encodeRefusal: ({ code }) => encoder.encode(`data: {"error":{"code":"${code}"}}\n\n`),
    },
    ...more,
  });
  return { relay, reader, client, hand, hold, tap };
}

const heldFor = (count: number): bigint => BASE + BigInt(count) * TOKEN;
const textOf = (body: ReadableStream<Uint8Array>): Promise<string> => new Response(body).text();
/** Lets every promise that can go on do so, as the platform does before it fires a timer. */
const turn = () => new Promise((resolve) => void setImmediate(resolve));
const saidTokens = (text: string): number => text.split('" abc"').length - 1;

describe("a hold that grows", () => {
  it("is asked for ahead of need, without stopping the stream, and never beyond the output maximum", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    const answer = Promise.withResolvers<void>();
    account.gate = answer.promise;
    // 15 tokens of 4 bytes, and one for each event: 75 by the bound, three quarters of what is held.
    const { relay, hold } = start({ account, chunks: [...tokens(20), DONE], maximum: 250 });
    const text = await textOf(relay.body);
    expect(saidTokens(text)).toBe(20);
    expect(account.asked).toEqual([{ id: "gen_1", toNano: heldFor(200) }]);
    answer.resolve();
    await turn();
    hold.note(190);
    await turn();
    expect(account.asked.at(-1)?.toNano).toBe(heldFor(250));
    hold.note(249);
    expect(account.asked).toHaveLength(2);
  });

  it("is not asked for by an answer that stays within three quarters of it", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    const { relay } = start({ account, chunks: [...tokens(14), DONE] });
    await textOf(relay.body);
    expect(account.asked).toEqual([]);
  });

  it("asks about ten times for 100,000 tokens", async () => {
    const account = new Account(heldFor(1_024), 1n << 60n);
    const { hold } = start({ account, chunks: [], slice: 1_024, maximum: 100_000 });
    for (let at = 0; at < 500_000; at += 5) {
      hold.note(at);
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(account.asked.length).toBeLessThanOrEqual(12);
    expect(account.held).toBe(heldFor(100_000));
  });
});

describe("a stream that comes to what is held", () => {
  it("waits for the extension under way, reads no further meanwhile, and goes on", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    const answer = Promise.withResolvers<void>();
    account.gate = answer.promise;
    const { relay, reader } = start({ account, chunks: [...tokens(300), DONE] });
    const text = textOf(relay.body);
    await turn();
    expect(reader.seen.reads).toBe(SLICE + 1);
    await turn();
    expect(reader.seen.reads).toBe(SLICE + 1);
    answer.resolve();
    expect(saidTokens(await text)).toBe(300);
    expect(await relay.ended).toMatchObject({ outcome: "completed", code: null });
  });

  it("ends where nothing more is given: what is held, the finish of a maximum, the usage, the error; upstream is cancelled", async () => {
    const account = new Account(heldFor(SLICE), 50n * TOKEN);
    const { relay, reader, hold } = start({ account, chunks: tokens(400), ends: false });
    const text = await textOf(relay.body);
    expect(saidTokens(text)).toBe(150);
    const events = text.split("\n\n").filter(Boolean).slice(-3);
    expect(events[0]).toContain('"finish_reason":"length"');
    expect(events[1]).toContain('"completion_tokens":150');
    expect(events[2]).toContain("insufficient_credit");
    expect(reader.seen.isCancelled).toBe(true);
    const end = await relay.ended;
    expect(end).toMatchObject({ outcome: "interrupted", code: "insufficient_credit" });
    expect(charged(end.summary)).toBe(heldFor(150));
    expect(await hold.cover(charged(end.summary))).toBe(heldFor(150));
  });

  it.each(["key_budget_exceeded", "budget_exceeded", "max_cost_exceeded", "internal_error"] as const)(
    "says which limit it was: %s",
    async (code) => {
      const account = new Account(heldFor(SLICE), 0n);
      account.shortage = refusal(code);
      const { relay } = start({ account, chunks: tokens(400), ends: false });
      expect(await textOf(relay.body)).toContain(code);
      expect(await relay.ended).toMatchObject({ outcome: "interrupted", code });
    },
  );

  it("ends where the account does not answer: nothing more is delivered than it said", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    account.isSilent = true;
    const { relay, hold } = start({ account, chunks: tokens(400), ends: false });
    expect(saidTokens(await textOf(relay.body))).toBe(SLICE);
    expect(await relay.ended).toMatchObject({ code: "account_unavailable" });
    expect(hold.heldNano).toBe(heldFor(SLICE));
    // Ahead of need, and when it was needed: a third time would be in vain.
    expect(account.asked).toHaveLength(2);
  });

  it("goes on where what was refused ahead of need is there when it is needed", async () => {
    const account = new Account(heldFor(SLICE), 0n);
    const { relay, hold } = start({ account, chunks: [...tokens(400), DONE] });
    hold.note(80);
    await turn();
    account.left = 1n << 60n;
    expect(saidTokens(await textOf(relay.body))).toBe(400);
    expect(await relay.ended).toMatchObject({ outcome: "completed" });
  });

  it("waits for leases to end, within its bound, and then goes on or ends", async () => {
    for (const isFreed of [true, false]) {
      const account = new Account(heldFor(SLICE), 0n);
      account.shortage = refusal("credit_reserved", { retryAfterMs: 4_000, isParked: true });
      const { relay, hand } = start({ account, chunks: [...tokens(150), DONE] });
      const text = textOf(relay.body);
      await turn();
      for (let waits = 0; waits < 2; waits += 1) {
        hand.advance(3_999);
        await turn();
        const before = account.asked.length;
        if (isFreed) account.left = 1n << 60n;
        hand.advance(1);
        await turn();
        expect(account.asked.length > before).toBe(waits === 0 || !isFreed);
      }
      expect(saidTokens(await text)).toBe(isFreed ? 150 : SLICE);
      const ended = isFreed ? { outcome: "completed" } : { outcome: "interrupted", code: "credit_reserved" };
      expect(await relay.ended).toMatchObject(ended);
    }
  });

  it("is cut inside a chunk: a burst that costs more than is held is not handed on whole", async () => {
    const account = new Account(heldFor(SLICE), 0n);
    const burst = new Uint8Array(Buffer.concat([...tokens(400), eventOf("", "stop"), DONE]));
    const { relay } = start({ account, chunks: [burst] });
    expect(saidTokens(await textOf(relay.body))).toBe(SLICE);
    expect(await relay.ended).toMatchObject({ outcome: "interrupted", code: "insufficient_credit" });
  });

  it("an end that comes without its blank line is held back too, and let go when more is held", async () => {
    for (const left of [0n, 1n << 60n]) {
      const account = new Account(heldFor(8), left);
      const torn = eventOf(" abc".repeat(20), "stop").slice(0, -2);
      const { relay } = start({ account, chunks: [torn] });
      const text = await textOf(relay.body);
      expect(text.includes(" abc")).toBe(left > 0n);
      expect(await relay.ended).toMatchObject({ outcome: left > 0n ? "completed" : "interrupted" });
    }
  });
});

describe("whoever ends a stream that waits", () => {
  const waiting = (more: Partial<RelayOptions> = {}) => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    const answer = Promise.withResolvers<void>();
    account.gate = answer.promise;
    return { account, answer, ...start({ account, chunks: tokens(300), ends: false, relay: more }) };
  };

  it("a client that leaves ends it at once, at what was delivered, and the late extension does no harm", async () => {
    const { relay, client, answer, reader, hold } = waiting();
    const text = textOf(relay.body).catch(() => "");
    await turn();
    client.abort();
    const end = await relay.ended;
    expect(end).toMatchObject({ outcome: "aborted", code: null });
    expect(charged(end.summary)).toBe(heldFor(SLICE));
    expect(reader.seen.isCancelled).toBe(true);
    expect(await hold.cover(charged(end.summary))).toBeNull();
    answer.resolve();
    await turn();
    expect(reader.seen.reads).toBe(SLICE + 1);
    await Promise.race([text, turn()]);
  });

  it("a drain goes on without a gate, and counts what was held back", async () => {
    const { relay, client, hand } = waiting({ abortPolicy: "drain" });
    void textOf(relay.body).catch(() => "");
    await turn();
    client.abort();
    await turn();
    hand.advance(100);
    const end = await relay.ended;
    expect(end.outcome).toBe("aborted");
    expect(outputOf(end.summary)).toBe(300);
  });

  it("the whole request's bound ends it, with its own code and nothing of what was held back", async () => {
    const { relay, hand } = waiting();
    const text = textOf(relay.body);
    await turn();
    hand.advance(MAX_MS);
    expect(saidTokens(await text)).toBe(SLICE);
    expect(await text).toContain("upstream_timeout");
    const end = await relay.ended;
    expect(end).toMatchObject({ outcome: "interrupted", code: "upstream_timeout" });
    expect(charged(end.summary)).toBe(heldFor(SLICE));
  });

  it("whoever waits for leases stops waiting, and no timer is left", async () => {
    for (const leaves of [true, false]) {
      const account = new Account(heldFor(SLICE), 0n);
      account.shortage = refusal("credit_reserved", { retryAfterMs: 4_000, isParked: true });
      const { relay, client, hand } = start({ account, chunks: tokens(300), ends: false, relay: { maxMs: 1_000 } });
      void textOf(relay.body).catch(() => "");
      await turn();
      expect(hand.running()).toBe(2);
      if (leaves) client.abort();
      else hand.advance(1_000);
      await relay.ended;
      await turn();
      expect(hand.running()).toBe(0);
      hand.advance(10_000);
      await turn();
      // Ahead of need, and when it was needed.
      expect(account.asked).toHaveLength(2);
    }
  });

  it("also while its client reads nothing", async () => {
    const { relay, hand } = waiting();
    const reader = relay.body.getReader();
    for (let read = 0; read < SLICE; read += 1) await reader.read();
    await turn();
    hand.advance(MAX_MS);
    expect(await relay.ended).toMatchObject({ outcome: "interrupted", code: "upstream_timeout" });
  });
});

describe("what a call costs at most in the end", () => {
  const holdOf = (account: Account, maximum = MAXIMUM) => start({ account, chunks: [], maximum }).hold;

  it("more than was asked for yet is held first, and then charged as it is", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    expect(await holdOf(account).cover(nanoUsd(heldFor(130)))).toBeNull();
    expect(account.held).toBe(heldFor(130));
  });

  it("what is not given is not charged", async () => {
    const account = new Account(heldFor(SLICE), 10n * TOKEN);
    expect(await holdOf(account).cover(nanoUsd(heldFor(130)))).toBe(heldFor(110));
  });

  it("a stream that ends by itself after a refusal costs no more than is held", async () => {
    const account = new Account(heldFor(SLICE), 30n * TOKEN);
    const { relay, hold } = start({ account, chunks: [...tokens(125), eventOf("", "stop"), DONE] });
    await textOf(relay.body);
    expect(await relay.ended).toMatchObject({ outcome: "completed" });
    expect(await hold.cover(nanoUsd(heldFor(125)))).toBeNull();
    expect(await hold.cover(nanoUsd(heldFor(500)))).toBe(heldFor(130));
  });

  it("a provider that overran its maximum is posted as it is, where all up to the maximum is held", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    expect(await holdOf(account, 200).cover(nanoUsd(heldFor(500)))).toBeNull();
    expect(account.held).toBe(heldFor(200));
  });

  it("waits for an extension that is under way where its answer matters, and only there", async () => {
    const account = new Account(heldFor(SLICE), 1n << 60n);
    const answer = Promise.withResolvers<void>();
    account.gate = answer.promise;
    const hold = holdOf(account);
    hold.note(80);
    expect(await hold.cover(nanoUsd(heldFor(90)))).toBeNull();
    const covered = hold.cover(nanoUsd(heldFor(130)));
    answer.resolve();
    expect(await covered).toBeNull();
    expect(account.asked).toHaveLength(1);
  });
});

it("delivered never costs more than is held, nor settled, over any chunks, prices and answers of the account", async () => {
  const words = fc.constantFrom("a", " abc", "the light ", "中文字", "é", "x".repeat(60), "\n\n", "1234567", " — ");
  const scenes = fc.record({
    events: fc.array(fc.array(words, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 120 }),
    chunkBytes: fc.integer({ min: 1, max: 4_000 }),
    pico: fc.bigInt({ min: 1n, max: 300_000_000n }),
    first: fc.integer({ min: 0, max: 200 }),
    left: fc.integer({ min: 0, max: 2_000 }),
    maximum: fc.integer({ min: 16, max: 3_000 }),
    slice: fc.integer({ min: 1, max: 200 }),
    topUps: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 6 }),
    isSilent: fc.boolean(),
    finishes: fc.boolean(),
    measured: fc.integer({ min: 0, max: 4_000 }),
  });
  await fc.assert(
    fc.asyncProperty(scenes, async ({ events, chunkBytes, pico, topUps, maximum, ...scene }) => {
      const price: Price = { pico: pico * MILLION, per: MILLION };
      const worth = (count: number): bigint => costNano([{ units: BigInt(count), price }]);
      const account = new Account(BASE + worth(Math.min(scene.first, maximum)), worth(scene.left));
      account.isSilent = scene.isSilent;
      const sent = events.map((parts) => eventOf(parts.join("")));
      const bytes = new Uint8Array(Buffer.concat(scene.finishes ? [...sent, eventOf("", "stop"), DONE] : sent));
      const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
        bytes.subarray(at * chunkBytes, (at + 1) * chunkBytes),
      );
      const { relay, hold } = start({ account, chunks, price, maximum, slice: scene.slice });
      // What the client has, counted by a tap that no gate stands before.
      const client = createChatStreamTap({ choices: 1, dropUsageChunk: false });
      const reader = relay.body.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        client.push(read.value);
        if (client.snapshot().delivered.events === 0) continue;
        expect(charged(client.snapshot(), price, maximum)).toBeLessThanOrEqual(hold.heldNano);
        expect(hold.heldNano).toBeLessThanOrEqual(account.held);
        account.left += worth(topUps.shift() ?? 0);
      }
      const end = await relay.ended;
      expect(end.summary.delivered).toEqual(client.snapshot().delivered);
      expect(["completed", "interrupted"]).toContain(end.outcome);
      // What the provider says it came to, within its maximum, or the estimate where it broke off.
      const estimated = charged(end.summary, price, maximum);
      const figures = nanoUsd(BASE + worth(Math.min(scene.measured, maximum)));
      const costs = end.outcome === "completed" ? figures : estimated;
      const cap = await hold.cover(costs);
      const settled = cap !== null && cap < costs ? cap : costs;
      expect(settled).toBeLessThanOrEqual(account.held);
    }),
    { numRuns: 300 },
  );
});

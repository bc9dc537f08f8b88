import { expect, it } from "vitest";
import { findModel, priceSheet } from "#catalog";
import { ZERO_NANO, type Attempt } from "#kernel";
import { configureProviders } from "#providers";
import { attemptUpstream } from "../../../workers/gateway/inference/attempt-upstream.ts";
import { KeyRing } from "../../../workers/gateway/inference/key-ring.ts";
import { readLimits } from "../../../workers/gateway/settings.ts";
import { handTimer } from "../providers/hand-timer.ts";

const AT_MS = Date.parse("2026-11-22T12:00:00Z");
const model = findModel("groq/llama-3.3-70b-versatile") ?? expect.fail("the catalogue lost its test model");
const endpoint = model.endpoints[0] ?? expect.fail("a model without an endpoint");
const sheet = priceSheet(endpoint, AT_MS, null) ?? expect.fail("an endpoint without a price");

/** Lets every promise that can go on do so. */
const turn = () => new Promise((resolve) => void setImmediate(resolve));

async function start(signal: AbortSignal = new AbortController().signal) {
  const hand = handTimer();
  const client = new AbortController();
  const attempts: Attempt[] = [];
  let calls = 0;
  const overloaded = async () => {
    calls += 1;
    return new Response("{}", { status: 503, headers: { "content-type": "application/json" } });
  };
  const random = (n: number) => new Uint8Array(n).fill(255);
  const provider =
    configureProviders({ GROQ_API_KEY: "gsk_test" }, overloaded, hand.clock).get("groq") ??
    expect.fail("a provider without its key");
  // What speaks to the provider is loaded by the first attempt; here it is before the clock is turned by hand.
  await provider.spec.load();
  const result = attemptUpstream({
    services: {
      clock: hand.clock,
      timer: hand.timer,
      limits: readLimits({}),
      random,
      keyRing: new KeyRing(hand.clock, random),
    },
    lanes: [
      {
        target: {
          model,
          endpoint,
          provider,
          sheet,
          listSheet: sheet,
          hold: { baseNano: ZERO_NANO, inputTokens: 1, output: null },
        },
        ownKey: null,
      },
    ],
    readWhole: async () => ({ ok: false, aborted: true }),
    onBegin: () => undefined,
    onOutcome: () => undefined,
    encode: () => ({
      url: "https://upstream.example/",
      headers: {},
      body: "{}",
      stream: false,
      codec: null,
      answerTypes: ["application/json"],
      droppedParams: [],
      dropUsageChunk: false,
    }),
    // A drain goes on for its usage after the client has left, so that this signal says nothing about the client.
    signal,
    clientSignal: client.signal,
    startedAtMs: hand.clock.nowMs(),
    attempts,
  });
  return { hand, client, attempts, result, calls: () => calls };
}

it("a client that leaves during the wait for a second attempt pays for none", async () => {
  const { hand, client, result, calls } = await start();
  await turn();
  expect(calls()).toBe(1);
  client.abort();
  hand.advance(5_000);
  await turn();
  expect(calls()).toBe(1);
  expect(await result).toMatchObject({ type: "failed", error: { code: "upstream_overloaded" } });
});

it("a client that waits gets its second attempt", async () => {
  const { hand, attempts, calls } = await start();
  await turn();
  hand.advance(5_000);
  await turn();
  expect([calls(), attempts.length]).toEqual([2, 2]);
});

it("a client that left before anything was asked of a provider leaves nothing under way", async () => {
  const gone = new AbortController();
  gone.abort();
  const { result, calls } = await start(gone.signal);
  expect(await result).toEqual({ type: "aborted", underWay: false });
  expect(calls()).toBe(0);
});

it("what is hung up between two attempts has failed, and is not charged as under way", async () => {
  const ours = new AbortController();
  const { result, calls } = await start(ours.signal);
  await turn();
  ours.abort();
  expect(await result).toMatchObject({ type: "failed", error: { code: "upstream_overloaded" } });
  expect(calls()).toBe(1);
});

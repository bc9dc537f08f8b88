import { describe, expect, it } from "vitest";
import type { ReadResult } from "#providers";
import { createChatStreamTap, type StreamTap } from "#wire";
import { relayStream, type RelayOptions } from "../../../workers/gateway/inference/relay-stream.ts";
import { handTimer } from "../providers/hand-timer.ts";

const MAX_MS = 300;
const DRAIN_MS = 100;
const encoder = new TextEncoder();
const event = (delta: object, finish: string | null = null): Uint8Array =>
  encoder.encode(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);

/** An upstream that says what it is told to; after its last word it is silent until it is cancelled. */
function upstream(chunks: readonly Uint8Array[]) {
  const waiting = [...chunks];
  const cancelled = Promise.withResolvers<ReadResult>();
  let isCancelled = false;
  return {
    read: (): Promise<ReadResult> => {
      const bytes = isCancelled ? undefined : waiting.shift();
      return bytes ? Promise.resolve({ type: "chunk", bytes }) : cancelled.promise;
    },
    cancel: () => {
      isCancelled = true;
      cancelled.resolve({ type: "aborted" });
    },
    isCancelled: () => isCancelled,
  };
}

function start(chunks: readonly Uint8Array[], more: Partial<RelayOptions> = {}) {
  const hand = handTimer();
  const client = new AbortController();
  const reader = upstream(chunks);
  const relay = relayStream({
    reader,
    tap: createChatStreamTap({ choices: 1, dropUsageChunk: false }),
    abortPolicy: "cancel",
    clientSignal: client.signal,
    drainMs: DRAIN_MS,
    maxMs: MAX_MS,
    timer: hand.timer,
    onProgress: () => undefined,
    onFirstByte: () => undefined,
    encodeFault: (code) => encoder.encode(`data: {"error":{"code":"${code}"}}\n\n`),
    rolling: null,
    ...more,
  });
  return { relay, reader, client, hand };
}

/** Lets every promise that can go on do so, as the platform does before it fires a timer. */
const turn = () => new Promise((resolve) => void setImmediate(resolve));

const tapThatThrows = (tap: Partial<StreamTap>): StreamTap => ({
  ...createChatStreamTap({ choices: 1, dropUsageChunk: false }),
  ...tap,
});
const broken = (): never => {
  throw new RangeError("a fault of ours");
};

describe("the whole request's bound", () => {
  it("ends a stream whose client reads nothing, by the timer alone", async () => {
    const { relay, reader, hand } = start([event({ content: "one" }), event({ content: "two" })]);
    const client = relay.body.getReader();
    await client.read();
    await turn();
    hand.advance(MAX_MS);
    expect(await relay.ended).toMatchObject({ outcome: "interrupted", code: "upstream_timeout" });
    expect(reader.isCancelled()).toBe(true);
    expect(hand.running()).toBe(0);
    // When it reads again it finds the reason, and the end.
    expect(new TextDecoder().decode((await client.read()).value)).toContain("upstream_timeout");
    expect((await client.read()).done).toBe(true);
  });

  it("ends a stream whose client waits for a silent upstream", async () => {
    const { relay, hand } = start([event({ content: "one" })]);
    const text = new Response(relay.body).text();
    await turn();
    hand.advance(MAX_MS);
    expect(await relay.ended).toMatchObject({
      outcome: "interrupted",
      code: "upstream_timeout",
      summary: { delivered: { textBytes: 3 } },
    });
    expect(await text).toContain("upstream_timeout");
  });

  it("cuts a drain short too", async () => {
    const { relay, client, hand } = start([], { abortPolicy: "drain", drainMs: 10 * MAX_MS });
    client.abort();
    hand.advance(MAX_MS);
    expect(await relay.ended).toMatchObject({ outcome: "aborted" });
    expect(hand.running()).toBe(0);
  });
});

describe("a fault of ours in mid-stream", () => {
  it("ends the call with what was seen, and tells the client", async () => {
    const { relay, reader } = start([event({ content: "one" })], { onProgress: broken });
    const text = await new Response(relay.body).text();
    expect(await relay.ended).toMatchObject({
      outcome: "interrupted",
      code: "internal_error",
      summary: { delivered: { textBytes: 3 } },
    });
    expect(text).toContain("internal_error");
    expect(reader.isCancelled()).toBe(true);
  });

  it("ends the call even where the tap can no longer say what it saw", async () => {
    const { relay } = start([event({ content: "one" })], { tap: tapThatThrows({ push: broken, snapshot: broken }) });
    await new Response(relay.body).text();
    expect(await relay.ended).toMatchObject({ outcome: "interrupted", summary: { usage: null } });
  });

  it("ends the call in a drain, and by the timer", async () => {
    const drained = start([event({ content: "one" })], {
      abortPolicy: "drain",
      tap: tapThatThrows({ push: broken }),
    });
    drained.client.abort();
    expect(await drained.relay.ended).toMatchObject({ code: "internal_error" });
    const stalled = start([], { tap: tapThatThrows({ finish: broken }) });
    stalled.hand.advance(MAX_MS);
    expect(await stalled.relay.ended).toMatchObject({ code: "internal_error" });
  });
});

it("a client that takes the whole stream ends it once, and no timer is left", async () => {
  const { relay, hand } = start([event({ content: "one" }), event({}, "stop"), encoder.encode("data: [DONE]\n\n")]);
  const reader = relay.body.getReader();
  for (let read = 0; read < 3; read += 1) await reader.read();
  await turn();
  hand.advance(MAX_MS);
  expect(await relay.ended).toMatchObject({ outcome: "completed", code: null, summary: { end: "complete" } });
});

import { describe, expect, it } from "vitest";
import {
  callUpstream,
  configureProviders,
  MAX_ERROR_BODY_BYTES,
  PROVIDERS,
  readWholeBody,
  type UpstreamFetch,
  type UpstreamInit,
  type UpstreamReader,
  type UpstreamResult,
} from "#providers";
import { createChatStreamTap, parseChatRequest } from "#wire";
import { handTimer } from "./hand-timer.ts";

const [spec] = PROVIDERS;
if (!spec) throw new Error("no provider");
const adapter = await spec.load();

const TIMEOUTS = { firstByteMs: 1_000, idleMs: 300 };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const STREAM_TYPE = { "content-type": "text/event-stream; charset=utf-8" };
const JSON_TYPE = { "content-type": "application/json" };

interface Harness {
  readonly result: Promise<UpstreamResult>;
  readonly hands: ReturnType<typeof handTimer>;
  readonly abort: AbortController;
  readonly seen: { url: string; init: UpstreamInit }[];
}

function call(fetch: UpstreamFetch, stream = true): Harness {
  const hands = handTimer();
  const abort = new AbortController();
  const seen: { url: string; init: UpstreamInit }[] = [];
  const recording: UpstreamFetch = (url, init) => {
    seen.push({ url, init });
    return fetch(url, init);
  };
  const settings = { baseUrl: "https://up.example/v1", apiKey: "sk-up", fetch: recording };
  const request = parseChatRequest(
    `{"model":"m","messages":[{"role":"user","content":"x"}],"stream":${String(stream)}}`,
  );
  const encoded = adapter.encodeRequest(settings, {
    operation: "chat.completions",
    upstreamModel: "u",
    request,
    outputTokens: 9,
  });
  if (encoded instanceof Promise) throw new Error("it signs its requests");
  const result = callUpstream({
    adapter,
    settings,
    request: encoded,
    signal: abort.signal,
    timeouts: TIMEOUTS,
    timer: hands.timer,
    clock: hands.clock,
  });
  return { result, hands, abort, seen };
}

/** Answers like the platform's fetch: it rejects, and breaks the body, when its signal aborts. */
function body(
  pull: (controller: ReadableStreamDefaultController<Uint8Array>, init: UpstreamInit) => void | Promise<void>,
  headers: Record<string, string> = STREAM_TYPE,
  status = 200,
): UpstreamFetch {
  return (_, init) => {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => init.signal.addEventListener("abort", () => controller.error(init.signal.reason)),
        pull: (controller) => pull(controller, init),
      },
      { highWaterMark: 0 },
    );
    return Promise.resolve(new Response(stream, { status, headers }));
  };
}
const never: UpstreamFetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init.signal.addEventListener("abort", () => reject(new Error("aborted")));
  });

async function readerOf(harness: Harness): Promise<UpstreamReader> {
  const result = await harness.result;
  if (!result.ok) throw new Error(`no answer: ${JSON.stringify(result)}`);
  return result.response.reader;
}
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe("an upstream call", () => {
  it("sends one POST that follows no redirect and reads the answer chunk by chunk", async () => {
    const parts = [encode("data: 1\n\n"), encode("data: 2\n\n")];
    const harness = call(
      body((controller) => {
        const part = parts.shift();
        if (part) controller.enqueue(part);
        else controller.close();
      }),
    );
    const reader = await readerOf(harness);
    expect(await reader.read()).toEqual({ type: "chunk", bytes: encode("data: 1\n\n") });
    expect(await reader.read()).toEqual({ type: "chunk", bytes: encode("data: 2\n\n") });
    expect(await reader.read()).toEqual({ type: "end" });
    expect(await reader.read()).toEqual({ type: "end" });
    expect(harness.seen).toHaveLength(1);
    expect(harness.seen[0]).toMatchObject({
      url: "https://up.example/v1/chat/completions",
      init: { method: "POST", redirect: "manual" },
    });
    expect(harness.hands.running()).toBe(0);
  });

  it("maps an error answer, reading its body only to a bound, and hangs up", async () => {
    let sent = 0;
    let hungUp = false;
    const harness = call(
      body(
        (controller, init) => {
          init.signal.addEventListener("abort", () => (hungUp = true));
          sent += 16_384;
          controller.enqueue(new Uint8Array(16_384).fill(0x20));
        },
        JSON_TYPE,
        503,
      ),
    );
    expect(await harness.result).toMatchObject({
      ok: false,
      aborted: false,
      fault: { code: "upstream_overloaded", status: 503 },
    });
    expect(sent).toBe(MAX_ERROR_BODY_BYTES);
    expect(hungUp).toBe(true);
    expect(harness.hands.running()).toBe(0);
  });

  it("an error body that never ends in time costs its code and not the fault", async () => {
    const harness = call(body(() => new Promise(() => undefined), JSON_TYPE, 429));
    await settle();
    harness.hands.advance(1_000);
    expect(await harness.result).toMatchObject({
      ok: false,
      fault: { code: "upstream_rate_limited", upstreamCode: null },
    });
  });

  it("G20: a redirect is a fault, not a request to where it points", async () => {
    const harness = call(() =>
      Promise.resolve(new Response(null, { status: 307, headers: { location: "http://169.254.169.254/" } })),
    );
    expect(await harness.result).toMatchObject({
      ok: false,
      fault: { code: "upstream_error", status: 307, retryable: false },
    });
    expect(harness.seen).toHaveLength(1);
  });

  it.each([
    [true, { "content-type": "text/html" }],
    [true, JSON_TYPE],
    [false, STREAM_TYPE],
    [false, {}],
  ])("an answer of another type is garbage (streamed %s, %j)", async (stream, headers) => {
    const harness = call(
      body(() => undefined, headers),
      stream,
    );
    expect(await harness.result).toMatchObject({ ok: false, fault: { code: "upstream_error", retryable: true } });
    expect(harness.hands.running()).toBe(0);
  });

  it("times out when no answer begins", async () => {
    const harness = call(never);
    harness.hands.advance(999);
    await settle();
    harness.hands.advance(1);
    expect(await harness.result).toMatchObject({
      ok: false,
      fault: { code: "upstream_timeout", status: null, retryable: true },
    });
  });

  it("a connection that fails is a retryable fault, and what the platform says of it is not kept", async () => {
    const harness = call(() => Promise.reject(new TypeError("connect ECONNREFUSED SECRET")));
    const result = await harness.result;
    expect(result).toMatchObject({ ok: false, aborted: false, fault: { code: "upstream_error", retryable: true } });
    expect(JSON.stringify(result)).not.toContain("SECRET");
  });

  it("our own abort is nobody's fault: before, while connecting, while reading", async () => {
    const connecting = call(never);
    connecting.abort.abort();
    expect(await connecting.result).toEqual({ ok: false, aborted: true });

    const reading = call(body(() => new Promise(() => undefined)));
    const pending = (await readerOf(reading)).read();
    reading.abort.abort();
    expect(await pending).toEqual({ type: "aborted" });
    expect(reading.hands.running()).toBe(0);
  });
});

describe("reading an upstream's body", () => {
  it("a stream that falls silent ends in a fault after the idle bound", async () => {
    let first = true;
    const harness = call(
      body((controller) => {
        if (!first) return new Promise(() => undefined);
        first = false;
        controller.enqueue(encode("data: 1\n\n"));
        return undefined;
      }),
    );
    const reader = await readerOf(harness);
    await reader.read();
    const pending = reader.read();
    harness.hands.advance(1_000);
    expect(await pending).toMatchObject({ type: "fault", fault: { code: "upstream_timeout", status: 200 } });
    expect(harness.seen[0]?.init.signal.aborted).toBe(true);
    expect(harness.hands.running()).toBe(0);
  });

  it("G25: time in which nobody reads is the client's, and never times the upstream out", async () => {
    const harness = call(body((controller) => controller.enqueue(encode("data: 1\n\n"))));
    const reader = await readerOf(harness);
    await reader.read();
    for (let step = 0; step < 20; step += 1) harness.hands.advance(1_000);
    expect(await reader.read()).toMatchObject({ type: "chunk" });
    expect(harness.hands.running()).toBe(1);
  });

  it("a body that breaks is an interrupted stream", async () => {
    const harness = call(body((controller) => controller.error(new Error("socket SECRET"))));
    const result = await (await readerOf(harness)).read();
    expect(result).toMatchObject({ type: "fault", fault: { code: "upstream_stream_interrupted" } });
    expect(JSON.stringify(result)).not.toContain("SECRET");
  });

  it("cancel hangs up, settles a read under way, and may be called twice", async () => {
    const harness = call(body(() => new Promise(() => undefined)));
    const reader = await readerOf(harness);
    const pending = reader.read();
    reader.cancel();
    reader.cancel();
    expect(await pending).toEqual({ type: "aborted" });
    expect(harness.seen[0]?.init.signal.aborted).toBe(true);
    expect(harness.hands.running()).toBe(0);
  });

  it("reads a whole answer to a bound", async () => {
    const answer = (text: string): Harness => {
      const bytes = Array.from(encode(text), (byte) => Uint8Array.of(byte));
      return call(
        body((controller) => {
          const next = bytes.shift();
          if (next) controller.enqueue(next);
          else controller.close();
        }, JSON_TYPE),
        false,
      );
    };
    expect(await readWholeBody(await readerOf(answer('{"a":"ż"}')), 10)).toEqual({
      type: "body",
      text: '{"a":"ż"}',
      bytes: encode('{"a":"ż"}'),
    });
    expect(await readWholeBody(await readerOf(answer('{"a":"ż"}')), 9)).toMatchObject({
      type: "fault",
      fault: { code: "response_too_large" },
    });
  });
});

describe("the sandbox through the whole path", () => {
  it("streams to a complete answer whose usage maps, with the usage chunk that nobody asked for removed", async () => {
    const hands = handTimer();
    const provider = configureProviders({}, () => Promise.reject(new Error("no network")), hands.clock).get("sandbox");
    if (!provider) throw new Error("no sandbox");
    const { spec, settings } = provider;
    const adapter = await spec.load();
    const request = parseChatRequest(
      '{"model":"sandbox/echo","messages":[{"role":"user","content":"One two three"}],"stream":true}',
    );
    const encoded = await adapter.encodeRequest(settings, {
      operation: "chat.completions",
      upstreamModel: "echo",
      request,
      outputTokens: 50,
    });
    const result = await callUpstream({
      adapter,
      settings,
      request: encoded,
      signal: new AbortController().signal,
      timeouts: TIMEOUTS,
      timer: hands.timer,
      clock: hands.clock,
    });
    if (!result.ok) throw new Error("the sandbox did not answer");
    const tap = createChatStreamTap({ choices: 1, dropUsageChunk: encoded.dropUsageChunk });
    let text = "";
    for (;;) {
      const read = await result.response.reader.read();
      if (read.type !== "chunk") break;
      for (const bytes of tap.push(read.bytes).forward) text += new TextDecoder().decode(bytes);
    }
    const { summary } = tap.finish();
    expect(summary).toMatchObject({ end: "complete", finishReasons: ["stop"] });
    expect(summary.usage && adapter.mapUsage(summary.usage, "chat.completions", "openai-chat")).toMatchObject({
      output: 3,
    });
    expect(text).not.toContain("prompt_tokens");
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });
});

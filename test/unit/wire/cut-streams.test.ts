import { describe, expect, it, test } from "vitest";
import * as fc from "fast-check";
import { estimateTokenCount } from "tokenx";
import { AppError } from "#kernel";
import {
  createSseSource,
  createTranslateTap,
  openAiCompletionsClient,
  type ClientCodec,
  type EncoderOptions,
  type Gate,
  type MeteredUsage,
  type StreamTap,
} from "#wire";
import { createTokenCounter } from "../../../src/wire/count-tokens.ts";
import { frameEvents } from "../../support/wire/replay.ts";
import { SDK_READERS, type ReadFormat } from "../../support/wire/sdk-views.ts";
import { CLIENTS, FORMATS, meterOf, optionsFor, ownFixture, UPSTREAMS } from "../../support/wire/translations.ts";

const USAGE: MeteredUsage = { type: "usage", units: { input: 7, output: 3 }, costUsd: null };
const ERROR = new AppError("insufficient_credit");
const TOKENS_MOST = 200;
/** What each format's readers know a whole answer by, where the finish is not enough: a cut answer lacks it. */
const WHOLE: Readonly<Record<ReadFormat, string>> = {
  "openai-chat": "data: [DONE]\n\n",
  "openai-responses": "response.completed",
  "anthropic-messages": 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  gemini: "STOP",
};
const AS_READ: ReadonlySet<ReadFormat> = new Set(["openai-chat", "anthropic-messages"]);

function tapOf(from: ReadFormat, client: ClientCodec, encoder: EncoderOptions, gate: Gate): StreamTap {
  const upstream = UPSTREAMS[from];
  if (client.format === from) {
    return client.createTap({ choices: 1, dropUsageChunk: false, gated: { gate, encoder } });
  }
  return createTranslateTap({
    source: createSseSource(),
    decoder: upstream.codec.createDecoder({ choices: 1 }),
    encoder: client.createEncoder(encoder),
    meter: meterOf(upstream),
    choices: 1,
    gate,
  });
}

function eventsIn(from: ReadFormat): readonly Uint8Array<ArrayBuffer>[] {
  const { framing } = UPSTREAMS[from];
  if (framing === "aws") throw new Error("no fixture here is of AWS");
  const events = ownFixture(`${from}.chunks.txt`).split("\n").filter(Boolean);
  const framed = events.map((event) => frameEvents([event], framing === "done" ? "data" : framing));
  return framing === "done" ? [...framed, frameEvents([], framing)] : framed;
}

interface Cut {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly delivered: number;
}

/** Lets so many tokens pass, by their bound, and cuts the stream at what comes next; null where nothing more came. */
function cutAfter(freeTokens: number, from: ReadFormat, client: ClientCodec, encoder: EncoderOptions): Cut | null {
  const tap = tapOf(from, client, encoder, { freeTokens, admits: () => false });
  const passed: Uint8Array[] = [];
  for (const event of eventsIn(from)) {
    const { forward, isHeld } = tap.push(event);
    passed.push(...forward);
    if (isHeld !== true) continue;
    const { textBytes, toolBytes, events } = tap.snapshot().delivered;
    passed.push(...(tap.gated?.cut(USAGE) ?? expect.fail("a tap with a gate cannot be cut")));
    expect(tap.snapshot().delivered).toMatchObject({ textBytes, toolBytes, events });
    // Whatever still comes of the upstream is nobody's.
    expect(tap.push(event).forward).toEqual([]);
    return { bytes: new Uint8Array(Buffer.concat(passed)), delivered: textBytes + toolBytes + events };
  }
  return null;
}

const joined = (...parts: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));

const PAIRS = FORMATS.flatMap((from) => FORMATS.map((to) => ({ from, to })));

describe.each(PAIRS)("$from said to a caller of $to, cut at each of its events", ({ from, to }) => {
  const client = CLIENTS[to];
  const cuts = Array.from({ length: TOKENS_MOST }, (_, free) => cutAfter(free, from, client, optionsFor(to)));

  it("never hands on more than the gate lets pass", () => {
    expect(cuts.some((cut) => cut !== null)).toBe(true);
    for (const [free, cut] of cuts.entries()) expect(cut?.delivered ?? 0).toBeLessThanOrEqual(free);
  });

  it("its official client reads what was said, the finish of an output maximum, the usage, and then the error", async () => {
    const whole = await SDK_READERS[to].stream(joined(...wholeStream(from, to)));
    const distinct = new Map(cuts.flatMap((cut) => (cut ? [[cut.delivered, cut.bytes] as const] : [])));
    expect(distinct.size).toBeGreaterThan(2);
    for (const bytes of distinct.values()) {
      expect(Buffer.from(bytes).toString()).not.toContain(WHOLE[to]);
      const view = await SDK_READERS[to].stream(AS_READ.has(to) ? joined(bytes, WHOLE[to]) : bytes);
      expect(view).toMatchObject({ finish: "length", usage: { output: 3 } });
      expect(whole.text.startsWith(view.text)).toBe(true);
      const fault = client.encodeStreamError(ERROR, "gen_1", true);
      if (to === "openai-responses") expect(Buffer.from(fault).toString()).not.toContain("response.failed");
      else await expect(SDK_READERS[to].stream(joined(bytes, fault))).rejects.toThrow(/balance/);
    }
  });
});

function wholeStream(from: ReadFormat, to: ReadFormat): readonly Uint8Array[] {
  const tap = tapOf(from, CLIENTS[to], optionsFor(to), { freeTokens: Infinity, admits: () => expect.fail("asked") });
  const passed = eventsIn(from).flatMap((event) => tap.push(event).forward.slice());
  return [...passed, ...tap.finish().forward];
}

test("legacy completions end with their own finish and without [DONE]", () => {
  const request = openAiCompletionsClient.parseRequest('{"model":"m","prompt":"x","stream":true}', {
    model: null,
    stream: null,
  });
  const encoder = { ...optionsFor("openai-chat"), request };
  const cut = cutAfter(8, "openai-chat", openAiCompletionsClient, encoder);
  const text = Buffer.from(cut?.bytes ?? []).toString();
  expect(text).toContain('"finish_reason":"length"');
  expect(text).toContain('"completion_tokens":3');
  expect(text).not.toContain("[DONE]");
});

describe.each(PAIRS)("a gate before a stream of $from said to a caller of $to", ({ from, to }) => {
  it("that opens step by step lets the same bytes pass as none, over any chunks", () => {
    const chunks = eventsIn(from);
    const whole = joined(...wholeStream(from, to));
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 400 }),
        (steps, size) => {
          let free = 0;
          let step = 0;
          const gate: Gate = {
            get freeTokens() {
              return free;
            },
            admits: () => false,
          };
          const tap = tapOf(from, CLIENTS[to], optionsFor(to), gate);
          const passed: Uint8Array[] = [];
          const settle = (output: { readonly forward: readonly Uint8Array[]; readonly isHeld?: boolean }): void => {
            passed.push(...output.forward);
            for (let held = output.isHeld; held === true;) {
              free += steps[step++ % steps.length] ?? 1;
              const resumed = tap.gated?.resume() ?? expect.fail("no gate");
              passed.push(...resumed.forward);
              held = resumed.isHeld;
            }
          };
          const bytes = joined(...chunks);
          for (let at = 0; at < bytes.length; at += size) settle(tap.push(bytes.subarray(at, at + size)));
          settle(tap.finish());
          settle(tap.finish());
          expect(Buffer.from(joined(...passed)).equals(Buffer.from(whole))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

it("an estimate does not depend on when it was asked for", () => {
  const word = fc.stringMatching(/^[a-zA-Zé.,\n\t 中文]{0,12}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.boolean()), { maxLength: 60 }), (pieces) => {
      const counter = createTokenCounter();
      for (const [text, isAsked] of pieces) {
        counter.add(text);
        if (isAsked) counter.total();
      }
      expect(counter.total()).toBe(estimateTokenCount(pieces.map(([text]) => text).join("")));
    }),
    { numRuns: 500 },
  );
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  encodableEvents,
  geminiClient,
  geminiUpstream,
  isRecord,
  type AnswerEvent,
  type EncodableEvent,
  type PromptPart,
} from "#wire";
import { decodeChunks, frameEvents, splitsOf, viewOf } from "../../support/wire/replay.ts";

const ROUTE = { model: "m", stream: true };
const REQUEST = geminiClient.parseRequest('{"contents":[{"parts":[{"text":"x"}]}]}', ROUTE);
const OPTIONS = { requestId: "gen_1", model: "m", createdSeconds: 1, includeUsage: true, request: REQUEST };

/** The parts of an answer as a client sends them back in its next request. */
function sentBack(events: readonly EncodableEvent[]): readonly PromptPart[] {
  const answer: unknown = JSON.parse(geminiClient.encodeResponse(events, OPTIONS));
  const candidates = isRecord(answer) ? answer["candidates"] : null;
  const first: unknown = Array.isArray(candidates) ? candidates[0] : null;
  const contents = [{ role: "user", parts: [{ text: "x" }] }, isRecord(first) ? first["content"] : null];
  return geminiClient.parseRequest(JSON.stringify({ contents }), ROUTE).decode().messages[1]?.parts ?? [];
}

describe("an answer of another maker, sent back by a client of Gemini's", () => {
  const SIGNED = { format: "anthropic-messages", value: "AAA" } as const;
  const end = (isRedacted: boolean): EncodableEvent => ({
    type: "reasoning-end",
    choice: 0,
    signature: SIGNED,
    isRedacted,
  });
  const said: EncodableEvent = { type: "text", choice: 0, text: "said" };

  it("keeps shown thoughts with their signature", () => {
    const thought: EncodableEvent = { type: "reasoning", choice: 0, text: "hm" };
    expect(sentBack([thought, thought, end(false), said])).toEqual([
      { type: "reasoning", text: "hmhm", signature: SIGNED, isRedacted: false },
      { type: "text", text: "said" },
    ]);
  });

  it("tells thoughts that nobody showed from those that nobody can read", () => {
    expect(sentBack([end(false), said])).toMatchObject([{ type: "reasoning", text: "", isRedacted: false }, {}]);
    expect(sentBack([end(true), said])).toMatchObject([{ type: "reasoning", text: "", isRedacted: true }, {}]);
  });

  it("keeps the signature and the id of a call", () => {
    const signature = { format: "gemini", value: "g" } as const;
    const events: EncodableEvent[] = [
      { type: "tool-start", choice: 0, index: 0, id: "c", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"a"' },
      { type: "tool-arguments", choice: 0, index: 0, text: ":1}" },
      { type: "tool-end", choice: 0, index: 0, signature },
      { type: "tool-start", choice: 0, index: 1, id: "d", name: "g" },
      { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
    ];
    expect(sentBack(events)).toEqual([
      { type: "tool-call", id: "c", name: "f", arguments: '{"a":1}', signature },
      { type: "tool-call", id: "d", name: "g", arguments: "{}", signature: null },
    ]);
  });
});

/** Events as Gemini's client reads them, streamed and whole, and again as events. */
function reread(events: readonly EncodableEvent[]) {
  const encoder = geminiClient.createEncoder(OPTIONS);
  const stream = new TextEncoder().encode(events.map((event) => encoder.encode(event)).join("") + encoder.finish());
  return {
    streamed: decodeChunks(geminiUpstream, [stream]),
    whole: geminiUpstream.decodeResponse(geminiClient.encodeResponse(events, OPTIONS)).events,
  };
}

describe("an answer in Gemini's words and back", () => {
  it("several answers stay apart, streamed and whole", () => {
    const events: EncodableEvent[] = [0, 1, 2].flatMap((choice): EncodableEvent[] => [
      { type: "text", choice, text: `answer ${choice}` },
      { type: "finish", choice, reason: choice === 2 ? "length" : "stop", stopSequence: null },
    ]);
    const { streamed, whole } = reread(events);
    for (const choice of [0, 1, 2]) {
      expect(viewOf(streamed.events, choice)).toMatchObject({ text: `answer ${choice}` });
      expect(viewOf(whole, choice)).toEqual(viewOf(streamed.events, choice));
    }
    expect(streamed.summary.finishReasons).toEqual(["stop", "stop", "length"]);
  });

  it("sources, pictures and refusals come, streamed and whole", () => {
    const citation = { url: "https://x.example/", title: "t", citedText: null, start: null, end: null };
    const events: EncodableEvent[] = [
      { type: "refusal", choice: 0, text: "no" },
      { type: "image", choice: 0, mediaType: "image/png", data: "AA" },
      { type: "citation", choice: 0, citation },
      { type: "finish", choice: 0, reason: "refusal", stopSequence: null },
    ];
    const { streamed, whole } = reread(events);
    for (const read of [streamed.events, whole]) {
      expect(read).toContainEqual({ type: "image", choice: 0, mediaType: "image/png", data: "AA" });
      expect(read).toContainEqual({ type: "citation", choice: 0, citation });
      expect(viewOf(read)).toMatchObject({ text: "no", finish: "content-filter" });
    }
  });

  it("G13: a usage of zeros is one", () => {
    const { streamed } = reread([
      { type: "usage", units: { input: 0, output: 0 }, costUsd: "0.000000000" },
      { type: "finish", choice: 0, reason: "stop", stopSequence: null },
    ]);
    expect(streamed.summary.usage).toEqual({
      promptTokenCount: 0,
      candidatesTokenCount: 0,
      totalTokenCount: 0,
      cost: "0.000000000",
    });
  });
});

describe("odd streams of Gemini's", () => {
  const chunk = (parts: readonly object[], more: object = {}): string =>
    JSON.stringify({ candidates: [{ content: { parts }, ...more }] });
  const run = (...events: readonly string[]) => decodeChunks(geminiUpstream, [frameEvents(events, "data")]);

  it("G15: usage comes in every chunk, and the last one counts", () => {
    const { summary } = run(
      JSON.stringify({
        candidates: [{ content: { parts: [{ text: "a" }] } }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 },
      }),
      chunk([], { finishReason: "STOP" }),
      JSON.stringify({ usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7 } }),
    );
    expect(summary).toMatchObject({ end: "complete", usage: { promptTokenCount: 5, candidatesTokenCount: 7 } });
  });

  it.each<[string, readonly string[], object]>([
    [
      "a prompt that is blocked is an answer that was filtered",
      ['{"promptFeedback":{"blockReason":"SAFETY"}}'],
      { end: "complete", finishReasons: ["content-filter"] },
    ],
    [
      "an error ends it, and its words are not kept",
      [
        chunk([{ text: "a" }]),
        '{"error":{"code":503,"status":"UNAVAILABLE","message":"secret"}}',
        chunk([{ text: "b" }]),
      ],
      { end: "interrupted", error: { code: "unavailable", type: null } },
    ],
    ["an end that never came", [chunk([{ text: "a" }])], { end: "interrupted", finishReasons: [] }],
    ["nothing of Gemini's", ["[1]", '{"object":"chat.completion.chunk"}'], { end: "garbage" }],
    [
      "a reason that nobody knows",
      [chunk([{ text: "a" }], { finishReason: "NEW_REASON" })],
      { end: "complete", finishReasons: ["other"] },
    ],
    [
      "what follows the end is not the answer's",
      [chunk([{ text: "a" }], { finishReason: "MAX_TOKENS" }), chunk([{ text: "bbbb" }])],
      { end: "complete", finishReasons: ["length"], delivered: { textBytes: 1 } },
    ],
  ])("%s", (_, events, expected) => {
    expect(run(...events).summary).toMatchObject(expected);
  });

  it("G16: thoughts, calls without ids, pictures and log probabilities, cut at every byte", () => {
    const chosen = [{ token: "hi", logProbability: -0.5 }, { token: 5 }];
    const events = [
      chunk([{ text: "think", thought: true }]),
      chunk([{ text: "hi" }], {
        logprobsResult: { chosenCandidates: chosen, topCandidates: [{ candidates: chosen }] },
      }),
      chunk([
        { functionCall: { name: "f", args: { ä: "✓" } } },
        { functionCall: { name: "g" }, thoughtSignature: "s" },
      ]),
      chunk([{ inlineData: { mimeType: "image/png", data: "AA" } }, { newKind: {} }], { finishReason: "STOP" }),
    ];
    const bytes = frameEvents(events, "data", "\r\n");
    const logprob = { token: "hi", logprob: -0.5, bytes: null };
    const expected: AnswerEvent[] = [
      { type: "start", id: null, model: null },
      { type: "reasoning", choice: 0, text: "think" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
      { type: "text", choice: 0, text: "hi", logprobs: [{ ...logprob, top: [logprob] }] },
      { type: "tool-start", choice: 0, index: 0, id: "call_0_0", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"ä":"✓"}' },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { type: "tool-start", choice: 0, index: 1, id: "call_0_1", name: "g" },
      { type: "tool-arguments", choice: 0, index: 1, text: "{}" },
      { type: "tool-end", choice: 0, index: 1, signature: { format: "gemini", value: "s" } },
      { type: "image", choice: 0, mediaType: "image/png", data: "AA" },
      { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
    ];
    for (const chunks of splitsOf(bytes)) expect(decodeChunks(geminiUpstream, chunks).events).toEqual(expected);
  });

  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.json(), { maxLength: 4 }), (values) => {
        const wrapped = values.map(
          (value) =>
            `{"candidates":[{"content":{"parts":[${value}]},"finishReason":${value}}],"usageMetadata":${value}}`,
        );
        const { events } = run(...values, ...wrapped);
        expect(encodableEvents(events, { units: () => null, costUsd: () => null }).length).toBeLessThanOrEqual(
          events.length,
        );
        for (const value of values) geminiUpstream.decodeResponse(value);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { converseUpstream, createAwsEventSource } from "#wire";
import { awsFrame, awsFrames } from "../../support/wire/aws-frames.ts";
import { decodeChunks, splitsOf } from "../../support/wire/replay.ts";

const usage = { inputTokens: 3, outputTokens: 0, totalTokens: 3 };
const delta = (contentBlockIndex: number, value: object) => ({
  contentBlockDelta: { contentBlockIndex, delta: value },
});
const stop = (contentBlockIndex: number) => ({ contentBlockStop: { contentBlockIndex } });
const run = (...events: readonly object[]) =>
  decodeChunks(converseUpstream, [awsFrames(events)], createAwsEventSource());

describe("an answer of ConverseStream", () => {
  const EVENTS = [
    { messageStart: { role: "assistant" } },
    delta(0, { reasoningContent: { redactedContent: "cmVk" } }),
    stop(0),
    delta(1, { reasoningContent: { text: "hm" } }),
    stop(1),
    delta(2, { text: "ä✓" }),
    stop(2),
    { contentBlockStart: { contentBlockIndex: 5, start: { toolUse: { toolUseId: "t", name: "f" } } } },
    delta(5, { toolUse: { input: '{"a":' } }),
    delta(5, { toolUse: { input: "1}" } }),
    stop(5),
    { messageStop: { stopReason: "tool_use" } },
    { newEvent: {} },
    { metadata: { usage } },
  ];

  it("G16: reads text, calls and reasoning, cut at every byte; G13: a usage of zero output is one", () => {
    const expected = [
      { type: "start", id: null, model: null },
      { type: "reasoning-end", choice: 0, signature: { format: "bedrock-converse", value: "cmVk" }, isRedacted: true },
      { type: "reasoning", choice: 0, text: "hm" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
      { type: "text", choice: 0, text: "ä✓" },
      { type: "tool-start", choice: 0, index: 0, id: "t", name: "f" },
      { type: "tool-arguments", choice: 0, index: 0, text: '{"a":' },
      { type: "tool-arguments", choice: 0, index: 0, text: "1}" },
      { type: "tool-end", choice: 0, index: 0, signature: null },
      { type: "finish", choice: 0, reason: "tool-calls", stopSequence: null },
      { type: "usage", usage },
    ];
    for (const chunks of splitsOf(awsFrames(EVENTS))) {
      const { events, summary } = decodeChunks(converseUpstream, chunks, createAwsEventSource());
      expect(events).toEqual(expected);
      expect(summary).toMatchObject({ end: "complete", usage });
    }
  });

  it("a signature comes in a piece of its own, and goes with its reasoning and no other", () => {
    const { events } = run(
      delta(0, { reasoningContent: { text: "hm" } }),
      delta(0, { reasoningContent: { signature: "c2ln" } }),
      stop(0),
      delta(1, { reasoningContent: { text: "so" } }),
      stop(1),
    );
    const signature = { format: "bedrock-converse", value: "c2ln" };
    expect(events).toEqual([
      { type: "reasoning", choice: 0, text: "hm" },
      { type: "reasoning-end", choice: 0, signature, isRedacted: false },
      { type: "reasoning", choice: 0, text: "so" },
      { type: "reasoning-end", choice: 0, signature: null, isRedacted: false },
    ]);
  });

  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop-sequence"],
    ["max_tokens", "length"],
    ["guardrail_intervened", "content-filter"],
    ["malformed_tool_use", "other"],
    [undefined, "other"],
  ])("%s is %s", (stopReason, expected) => {
    expect(run({ messageStop: { stopReason } }).summary.finishReasons).toEqual([expected]);
  });

  it("an exception ends it, and its words are not kept", () => {
    const bytes = Buffer.concat([
      awsFrames([delta(0, { text: "a" })]),
      awsFrame("modelStreamErrorException", { message: "secret" }, "exception"),
      awsFrames([delta(0, { text: "b" })]),
    ]);
    const { events, summary } = decodeChunks(converseUpstream, [bytes], createAwsEventSource());
    expect(summary).toMatchObject({ end: "interrupted", error: { code: "model_stream_error_exception", type: null } });
    expect(JSON.stringify(events)).not.toMatch(/secret|"b"/);
  });

  it("what follows the stop is not the answer's, but for its usage", () => {
    const { summary } = run({ messageStop: { stopReason: "end_turn" } }, delta(0, { text: "late" }), {
      metadata: { usage },
    });
    expect(summary).toMatchObject({ end: "complete", usage, delivered: { textBytes: 0 } });
  });

  it("breaks off without its stop; is garbage where nothing was JSON", () => {
    expect(run(delta(0, { text: "a" })).summary.end).toBe("interrupted");
    expect(run().summary.end).toBe("interrupted");
    expect(
      decodeChunks(converseUpstream, [new TextEncoder().encode("<html>".repeat(9))], createAwsEventSource()).summary
        .end,
    ).not.toBe("complete");
  });

  it.each([{}, { output: null }, { output: { message: {} } }, []])("%j is no answer", (body) => {
    expect(converseUpstream.decodeResponse(JSON.stringify(body)).end).toBe("garbage");
  });
});

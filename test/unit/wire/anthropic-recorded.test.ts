import { createAnthropic } from "@ai-sdk/anthropic";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, streamText } from "ai";
import { describe, expect, it } from "vitest";
import { anthropicClient, anthropicUpstream, encodableEvents, type AnswerEvent, type RawUsage } from "#wire";
import { ADAPTER as ANTHROPIC } from "../../../src/providers/anthropic/adapter.ts";
import {
  decodeChunks,
  EVENT_STREAM,
  fetchOf,
  frameEvents,
  hasRecordings,
  JSON_TYPE,
  readRecorded,
  recordedAnswers,
  recordedEvents,
  recordedStreams,
  splitsOf,
  viewOf,
  type AnswerView,
} from "../../support/wire/replay.ts";

const FOLDER = "anthropic-messages";
const QUESTION = { model: "m", max_tokens: 16, messages: [{ role: "user" as const, content: "x" }] };
const REASONS: Readonly<Record<string, string>> = {
  end_turn: "stop",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "refusal",
};
/** What bills. The client keeps more of the first usage than the last one repeats. */
const BILLED = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"] as const;

function clientOf(body: Uint8Array<ArrayBuffer> | string, contentType: string): Anthropic {
  return new Anthropic({ apiKey: "k", maxRetries: 0, fetch: fetchOf(body, contentType) });
}

/** What Anthropic's own client makes of a message, in the words of a view. */
function messageView({ content, stop_reason: reason, usage }: Anthropic.Message): AnswerView {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    tools: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    finish: reason === null ? null : (REASONS[reason] ?? "other"),
    usage: billed({ ...usage }),
  };
}

const billed = (usage: RawUsage) => Object.fromEntries(BILLED.map((name) => [name, usage[name] ?? null]));

function ownView(events: readonly AnswerEvent[]): AnswerView {
  const last = events.findLast((event) => event.type === "usage");
  return { ...viewOf(events), usage: billed(last?.usage ?? {}) };
}

function signaturesIn(events: readonly AnswerEvent[]): readonly (string | undefined)[] {
  return events.flatMap((event) => (event.type === "reasoning-end" ? [event.signature?.value] : []));
}

describe.skipIf(!hasRecordings)(
  "recorded streams of ../shared/fixtures, read as Anthropic's own client reads them",
  () => {
    it.each(recordedStreams(FOLDER))("G16: %s, cut at every byte, byte by byte, and whole", async (name) => {
      const bytes = frameEvents(recordedEvents(name), "named");
      const message = await clientOf(bytes, EVENT_STREAM).messages.stream(QUESTION).finalMessage();
      const expected = messageView(message);
      let reference: readonly AnswerEvent[] | null = null;
      for (const chunks of splitsOf(bytes)) {
        const { events, summary } = decodeChunks(anthropicUpstream, chunks);
        reference ??= events;
        expect(summary.end).toBe("complete");
        expect(events).toEqual(reference);
      }
      expect(ownView(reference ?? [])).toEqual(expected);
      expect(signaturesIn(reference ?? [])).toEqual(
        message.content.flatMap((block) => (block.type === "thinking" ? [block.signature] : [])),
      );
      expect(reference?.[0]).toEqual({ type: "start", id: message.id, model: message.model });
    });

    it.each(recordedStreams(FOLDER))("%s passes a caller of the same format byte for byte", (name) => {
      const bytes = frameEvents(recordedEvents(name), "named");
      const tap = anthropicClient.createTap({ choices: 1, dropUsageChunk: false });
      const passed = [...tap.push(bytes).forward, ...tap.finish().forward];
      expect(Buffer.concat(passed).equals(bytes)).toBe(true);
      expect(tap.snapshot().end).toBe("complete");
    });

    it("the cost stands in the last usage of a stream, and nothing else changes", async () => {
      const bytes = frameEvents(recordedEvents(`${FOLDER}/anthropic-text.chunks.txt`), "named");
      const addCost = (usage: RawUsage): string | null => (usage["output_tokens"] === 30 ? "0.000012000" : null);
      const tap = anthropicClient.createTap({ choices: 1, dropUsageChunk: false, addCost });
      const passed = Buffer.concat([...tap.push(bytes).forward, ...tap.finish().forward]).toString();
      expect(passed).toContain('"output_tokens":30,"cost":"0.000012000"}');
      expect(passed.replace(',"cost":"0.000012000"', "")).toBe(Buffer.from(bytes).toString());
    });
  },
);

describe.skipIf(!hasRecordings)("recorded whole answers of ../shared/fixtures", () => {
  it.each(recordedAnswers(FOLDER))("%s gives what Anthropic's own client gives", async (name) => {
    const text = readRecorded(name);
    const message = await clientOf(text, JSON_TYPE).messages.create(QUESTION);
    const { end, events } = anthropicUpstream.decodeResponse(text);
    expect(end).toBe("complete");
    expect(ownView(events)).toEqual(messageView(message));
  });
});

describe.skipIf(!hasRecordings)("recorded answers, translated into their own format", () => {
  /** As where the upstream is Anthropic and the caller's format another: nothing passes, everything is said anew. */
  function translate(events: readonly AnswerEvent[]) {
    const request = anthropicClient.parseRequest(JSON.stringify(QUESTION), { model: null, stream: null });
    const options = { requestId: "gen_1", model: "m", createdSeconds: 1, includeUsage: true, request };
    const meter = {
      units: (usage: RawUsage) => ANTHROPIC.mapUsage(usage, "chat.completions", "anthropic-messages"),
      costUsd: () => null,
    };
    const encodable = encodableEvents(events, meter);
    const encoder = anthropicClient.createEncoder(options);
    return {
      stream: new TextEncoder().encode(encodable.map((event) => encoder.encode(event)).join("") + encoder.finish()),
      whole: anthropicClient.encodeResponse(encodable, options),
    };
  }

  it.each(recordedStreams(FOLDER))("%s carries the same, streamed and whole", async (name) => {
    const bytes = frameEvents(recordedEvents(name), "named");
    const expected = messageView(await clientOf(bytes, EVENT_STREAM).messages.stream(QUESTION).finalMessage());
    const counted = Object.fromEntries(Object.entries(expected.usage ?? {}).map(([key, value]) => [key, value ?? 0]));
    const { stream, whole } = translate(decodeChunks(anthropicUpstream, [bytes]).events);
    const streamed = await clientOf(stream, EVENT_STREAM).messages.stream(QUESTION).finalMessage();
    expect(messageView(streamed)).toEqual({ ...expected, usage: counted });
    expect(messageView(await clientOf(whole, JSON_TYPE).messages.create(QUESTION))).toEqual({
      ...expected,
      usage: counted,
    });
  });

  it.each(recordedStreams(FOLDER))("%s is read alike by the AI SDK's client", async (name) => {
    const bytes = frameEvents(recordedEvents(name), "named");
    const { stream, whole } = translate(decodeChunks(anthropicUpstream, [bytes]).events);
    const direct = await readByAiSdk(bytes);
    expect(await readByAiSdk(stream)).toEqual(direct);
    const model = createAnthropic({ apiKey: "k", fetch: fetchOf(whole, JSON_TYPE) })("claude-opus-5");
    const answer = await generateText({ model, prompt: "x", maxRetries: 0 });
    expect({ text: answer.text, finish: answer.finishReason, output: answer.usage.outputTokens }).toEqual({
      text: direct.text,
      finish: direct.finish,
      output: direct.output,
    });
  });
});

async function readByAiSdk(bytes: Uint8Array<ArrayBuffer>) {
  const model = createAnthropic({ apiKey: "k", fetch: fetchOf(bytes, EVENT_STREAM) })("claude-opus-5");
  const result = streamText({ model, prompt: "x", maxRetries: 0 });
  const usage = await result.usage;
  return {
    text: await result.text,
    reasoning: await result.reasoningText,
    // What the provider ran itself has no place in the event model.
    calls: (await result.toolCalls).flatMap(({ toolName, input, providerExecuted }) =>
      providerExecuted ? [] : [{ toolName, input }],
    ),
    finish: await result.finishReason,
    input: usage.inputTokens,
    output: usage.outputTokens,
  };
}

describe.skipIf(!hasRecordings)("recorded searches", () => {
  it("are cited: what a server tool did is no text, what the text cites is", () => {
    const name = `${FOLDER}/anthropic-web-search-tool.1`;
    const streamed = decodeChunks(anthropicUpstream, [
      frameEvents(recordedEvents(`${name}.chunks.txt`), "named"),
    ]).events;
    const whole = anthropicUpstream.decodeResponse(readRecorded(`${name}.json`)).events;
    for (const events of [streamed, whole]) {
      const citations = events.flatMap((event) => (event.type === "citation" ? [event.citation] : []));
      expect(citations.length).toBeGreaterThan(0);
      for (const { url, citedText } of citations) {
        expect(url).toMatch(/^https:/);
        expect(citedText).not.toBeNull();
      }
      expect(events.some((event) => event.type === "tool-start")).toBe(false);
    }
  });
});

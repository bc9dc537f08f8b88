import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";
import { describe, expect, it } from "vitest";
import { openAiResponsesClient, openAiResponsesUpstream, type AnswerEvent, type RawUsage } from "#wire";
import { ADAPTER as OPENAI } from "../../../src/providers/openai/adapter.ts";
import { openApiFaults, hasOpenApi } from "../../support/openapi.ts";
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
import {
  answersIn,
  countsOf,
  finalResponse,
  recordedResponse,
  responseView,
  translate,
  wholeResponse,
} from "../../support/wire/responses.ts";

const FOLDER = "openai-responses";
const FAILED = `${FOLDER}/openai-error.1`;

const STREAMS = recordedStreams(FOLDER)
  .filter((file) => !file.startsWith(FAILED))
  .flatMap(answersIn);
const ANSWERS = recordedAnswers(FOLDER).filter((file) => !file.startsWith(FAILED));

function ownView(events: readonly AnswerEvent[]): AnswerView {
  const last = events.findLast((event) => event.type === "usage");
  return { ...viewOf(events), usage: countsOf(last?.usage ?? {}) };
}

const signaturesIn = (events: readonly AnswerEvent[]): readonly (string | undefined)[] =>
  events.flatMap((event) => (event.type === "reasoning-end" ? [event.signature?.value] : []));

describe.skipIf(!hasRecordings)(
  "recorded streams of ../shared/fixtures, read as OpenAI's own client reads them",
  () => {
    it.each(STREAMS)("G16: $name, cut at every byte, byte by byte, and whole", async ({ bytes }) => {
      const response = await recordedResponse(bytes);
      let reference: readonly AnswerEvent[] | null = null;
      for (const chunks of splitsOf(bytes)) {
        const { events, summary } = decodeChunks(openAiResponsesUpstream, chunks);
        reference ??= events;
        expect(summary.end).toBe("complete");
        expect(events).toEqual(reference);
      }
      expect(ownView(reference ?? [])).toEqual(responseView(response));
      expect(reference?.[0]).toEqual({ type: "start", id: response.id, model: response.model });
      expect(signaturesIn(reference ?? []).filter((value) => value !== undefined)).toEqual(
        response.output.flatMap((item) =>
          item.type === "reasoning" && item.encrypted_content ? [`${item.id}.${item.encrypted_content}`] : [],
        ),
      );
    });

    it.each(STREAMS)("$name passes a caller of the same format byte for byte", ({ bytes }) => {
      const tap = openAiResponsesClient.createTap({ choices: 1, dropUsageChunk: false });
      const passed = [...tap.push(bytes).forward, ...tap.finish().forward];
      expect(Buffer.concat(passed).equals(bytes)).toBe(true);
      const { end, usage, delivered } = tap.snapshot();
      expect(end).toBe("complete");
      expect(delivered.events).toBeGreaterThan(0);
      const units = usage && OPENAI.mapUsage(usage, "chat.completions", "openai-responses");
      const { searches = 0, ...tokens } = units ?? {};
      expect(Object.values(tokens).reduce((sum, count) => sum + count, 0)).toBe(usage?.["total_tokens"]);
      expect(searches).toBe(Buffer.from(bytes).includes("web_search_call.searching") ? usage?.["web_search_calls"] : 0);
    });

    it("the cost stands in the usage inside the last event, and nothing else changes", () => {
      const bytes = STREAMS.find(({ name }) => name.includes("parallel"))?.bytes ?? expect.fail("no recording");
      const addCost = (usage: RawUsage): string | null => (usage["output_tokens"] === 28 ? "0.000012000" : null);
      const tap = openAiResponsesClient.createTap({ choices: 1, dropUsageChunk: false, addCost });
      const passed = Buffer.concat([...tap.push(bytes).forward, ...tap.finish().forward]).toString();
      expect(passed).toContain('"total_tokens":62,"cost":"0.000012000"}');
      expect(passed.replace(',"cost":"0.000012000"', "")).toBe(Buffer.from(bytes).toString());
    });

    it("an error inside the stream ends it; its words are not kept", () => {
      const bytes = frameEvents(recordedEvents(`${FAILED}.chunks.txt`), "named");
      for (const chunks of splitsOf(bytes)) {
        const { events, summary } = decodeChunks(openAiResponsesUpstream, chunks);
        expect(summary).toMatchObject({ end: "interrupted", error: { code: "insufficient_quota" } });
        expect(JSON.stringify(events)).not.toContain("quota, please");
      }
      const tap = openAiResponsesClient.createTap({ choices: 1, dropUsageChunk: false });
      const { forward, stop } = tap.push(bytes);
      expect(stop).toBe(true);
      expect(Buffer.concat([...forward]).toString()).not.toContain("quota, please");
    });
  },
);

describe.skipIf(!hasRecordings)("recorded whole answers of ../shared/fixtures", () => {
  it.each(ANSWERS)("%s gives what OpenAI's own client gives", async (name) => {
    const text = readRecorded(name);
    const { end, events } = openAiResponsesUpstream.decodeResponse(text);
    expect(end).toBe("complete");
    expect(ownView(events)).toEqual(responseView(await wholeResponse(text)));
  });

  it("a picture of OpenAI's own tool, sources of its search and the searches themselves are there", () => {
    const events = (name: string): readonly AnswerEvent[] =>
      openAiResponsesUpstream.decodeResponse(readRecorded(`${FOLDER}/${name}.json`)).events;
    const image = events("openai-image-generation-tool.1").find((event) => event.type === "image");
    expect(image).toMatchObject({ mediaType: "image/webp", data: expect.stringMatching(/^UklG/) });
    const found = events("openai-web-search-tool.1");
    const cited = found.flatMap((event) => (event.type === "citation" ? [event.citation.url] : []));
    expect(cited.length).toBeGreaterThan(0);
    const recorded = readRecorded(`${FOLDER}/openai-web-search-tool.1.json`);
    const searches = recorded.match(/"action": \{\s*"type": "search"/g)?.length;
    expect(found.find((event) => event.type === "usage")?.usage["web_search_calls"]).toBe(searches);
  });

  it("an error body is no answer", () => {
    const { end, events } = openAiResponsesUpstream.decodeResponse(readRecorded(`${FAILED}.json`));
    expect(end).toBe("interrupted");
    expect(events).toEqual([{ type: "error", error: { code: "insufficient_quota", type: "insufficient_quota" } }]);
    const fault = OPENAI.mapError({
      status: 429,
      headers: new Headers(),
      bodyText: readRecorded(`${FAILED}.json`),
      nowMs: 0,
    });
    expect(fault).toMatchObject({ code: "upstream_rejected", upstreamCode: "insufficient_quota", retryable: false });
  });
});

describe.skipIf(!hasRecordings)("recorded answers, translated into their own format", () => {
  it.each(STREAMS)("$name carries the same, streamed and whole, to OpenAI's own client", async ({ bytes }) => {
    const expected = responseView(await recordedResponse(bytes));
    const { stream, whole } = translate(decodeChunks(openAiResponsesUpstream, [bytes]).events);
    expect(responseView(await finalResponse(stream))).toEqual(expected);
    expect(responseView(await wholeResponse(whole))).toEqual(expected);
  });

  // Of the one with phases most pieces were cut out; the AI SDK's client does not look for them in the whole.
  it.each(STREAMS.filter(({ name }) => !name.includes("phase")))(
    "$name is read alike by the AI SDK's client",
    async ({ bytes }) => {
      const { stream, whole } = translate(decodeChunks(openAiResponsesUpstream, [bytes]).events);
      const direct = await readByAiSdk(bytes);
      expect(await readByAiSdk(stream)).toEqual(direct);
      const model = createOpenAI({ apiKey: "k", fetch: fetchOf(whole, JSON_TYPE) }).responses("gpt-5");
      const answer = await generateText({ model, prompt: "x", maxRetries: 0 });
      expect({ text: answer.text, finish: answer.finishReason }).toEqual({ text: direct.text, finish: direct.finish });
    },
  );

  it.skipIf(!hasOpenApi).each(STREAMS)("$name is a Response by OpenAI's own description", ({ bytes }) => {
    const { whole } = translate(decodeChunks(openAiResponsesUpstream, [bytes]).events);
    expect(openApiFaults("Response", JSON.parse(whole))).toEqual([]);
  });
});

async function readByAiSdk(bytes: Uint8Array<ArrayBuffer>) {
  const model = createOpenAI({ apiKey: "k", fetch: fetchOf(bytes, EVENT_STREAM) }).responses("gpt-5");
  const result = streamText({ model, prompt: "x", maxRetries: 0 });
  const usage = await result.usage;
  return {
    text: await result.text,
    // What OpenAI ran itself has no place in the event model.
    calls: (await result.toolCalls).flatMap(({ toolName, input, providerExecuted }) =>
      providerExecuted ? [] : [{ toolName, input }],
    ),
    finish: await result.finishReason,
    input: usage.inputTokens,
    output: usage.outputTokens,
    reasoning: usage.outputTokenDetails.reasoningTokens,
  };
}

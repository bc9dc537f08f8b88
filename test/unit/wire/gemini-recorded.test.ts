import { GoogleGenAI, type GenerateContentResponse } from "@google/genai";
import { describe, expect, it } from "vitest";
import { createAnswerCollector, createSseSource, geminiClient, geminiUpstream, type AnswerEvent } from "#wire";
import { ADAPTER as GOOGLE } from "../../../src/providers/google/adapter.ts";
import { frame, hasRecordings, readRecorded, recordedEvents } from "./recorded.ts";

const STREAMS = ["google-text", "google-reasoning", "google-tool-call"].map((name) => `google-generate/${name}`);
const contents = "what the recording was asked";

/** What Google's own client reads from the same bytes. */
async function readBySdk(body: Uint8Array | string, stream: boolean): Promise<readonly GenerateContentResponse[]> {
  const type = stream ? "text/event-stream" : "application/json";
  const fetchBefore = globalThis.fetch;
  globalThis.fetch = async () =>
    new Response(typeof body === "string" ? body : body.slice(), { headers: { "content-type": type } });
  try {
    const client = new GoogleGenAI({ apiKey: "k" });
    if (!stream) return [await client.models.generateContent({ model: "m", contents })];
    const chunks: GenerateContentResponse[] = [];
    for await (const chunk of await client.models.generateContentStream({ model: "m", contents })) chunks.push(chunk);
    return chunks;
  } finally {
    globalThis.fetch = fetchBefore;
  }
}

interface Reading {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly args: unknown }[];
  readonly finish: string | null;
  readonly usage: unknown;
}

function readingOf(chunks: readonly GenerateContentResponse[]): Reading {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  return {
    text: parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join(""),
    calls: parts.flatMap(({ functionCall }) =>
      functionCall ? [{ name: functionCall.name ?? "", args: functionCall.args }] : [],
    ),
    finish:
      chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).findLast((reason) => reason !== undefined) ?? null,
    usage: chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata,
  };
}

function readingOfEvents(events: readonly AnswerEvent[]): Reading {
  const finish = events.find((event) => event.type === "finish");
  const usage = events.findLast((event) => event.type === "usage");
  return {
    text: events.map((event) => (event.type === "text" ? event.text : "")).join(""),
    calls: events.flatMap((event) => {
      if (event.type !== "tool-start") return [];
      const text = events.map((one) => (one.type === "tool-arguments" && one.index === event.index ? one.text : ""));
      return [{ name: event.name, args: JSON.parse(text.join("")) as unknown }];
    }),
    finish: finish?.reason === "stop" || finish?.reason === "tool-calls" ? "STOP" : (finish?.reason ?? null),
    usage: usage?.usage,
  };
}

function decode(chunks: readonly Uint8Array[]): AnswerEvent[] {
  const source = createSseSource();
  const decoder = geminiUpstream.createDecoder({ choices: 1 });
  const items = [...chunks.flatMap((chunk) => source.push(chunk)), ...source.finish()];
  const events = items.flatMap((item) => (item.type === "event" ? decoder.see(item.event) : []));
  expect(decoder.end()).toBe("complete");
  return events;
}

describe.skipIf(!hasRecordings)("recorded Gemini answers", () => {
  it.each(STREAMS)(
    "G16: %s reads as Google's client reads it, whole, byte by byte and cut at every byte",
    async (name) => {
      const bytes = frame(recordedEvents(`${name}.chunks.txt`), "\r\n", false);
      const expected = readingOf(await readBySdk(bytes, true));
      const whole = readingOfEvents(decode([bytes]));
      expect(whole).toEqual(expected);
      expect(readingOfEvents(decode([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(whole);
      for (let cut = 1; cut < bytes.length; cut += bytes.length > 20_000 ? 7 : 1) {
        expect(readingOfEvents(decode([bytes.subarray(0, cut), bytes.subarray(cut)]))).toEqual(whole);
      }
    },
  );

  it.each(STREAMS)("%s, not streamed, reads as Google's client reads it", async (name) => {
    const text = readRecorded(`${name}.json`);
    const { end, events } = geminiUpstream.decodeResponse(text);
    expect(end).toBe("complete");
    expect(readingOfEvents(events)).toEqual(readingOf(await readBySdk(text, false)));
  });

  it.each(STREAMS)("%s passes untouched, and its usage adds up to Google's total", (name) => {
    const bytes = frame(recordedEvents(`${name}.chunks.txt`), "\n", false);
    const tap = geminiClient.createTap({ choices: 1, dropUsageChunk: false });
    const forward = [...tap.push(bytes).forward];
    const { forward: rest, summary } = tap.finish();
    expect(Buffer.concat([...forward, ...rest])).toEqual(Buffer.from(bytes));
    expect(summary.end).toBe("complete");
    const units = summary.usage && GOOGLE.mapUsage(summary.usage, "chat.completions", "gemini");
    const total = Object.values(units ?? {}).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(summary.usage?.["totalTokenCount"]);
  });

  it("Google's 429 names its wait", () => {
    const fault = GOOGLE.mapError({
      status: 429,
      headers: new Headers(),
      bodyText: readRecorded("google-generate/google-429-retry-info.json"),
      nowMs: 0,
    });
    expect(fault).toMatchObject({
      code: "upstream_rate_limited",
      upstreamCode: "resource_exhausted",
      retryAfterMs: 34_400,
    });
  });
});

it("a collector counts what the events delivered", () => {
  const collector = createAnswerCollector();
  const text = JSON.stringify({ candidates: [{ content: { parts: [{ text: "hello" }] }, finishReason: "STOP" }] });
  collector.add(geminiUpstream.decodeResponse(text).events);
  expect(collector.summary("complete").delivered).toMatchObject({ textBytes: 5, events: 1 });
});

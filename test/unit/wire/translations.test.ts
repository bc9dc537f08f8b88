import { describe, expect, it } from "vitest";
import {
  createAwsEventSource,
  createSseSource,
  createTranslateTap,
  type AnswerSummary,
  type UpstreamFormat,
} from "#wire";
import { awsFrames } from "../../support/wire/aws-frames.ts";
import { hasOpenApi, openApiFaults } from "../../support/openapi.ts";
import {
  frameEvents,
  hasRecordings,
  readRecorded,
  recordedAnswers,
  recordedEvents,
  recordedStreams,
} from "../../support/wire/replay.ts";
import { answersIn, eventsOf, finalResponse } from "../../support/wire/responses.ts";
import { SDK_READERS, type ReadFormat, type SdkView } from "../../support/wire/sdk-views.ts";
import {
  CLIENTS,
  FORMATS,
  meterOf,
  optionsFor,
  ownFixture,
  translateWhole,
  UPSTREAMS,
  type Upstream,
} from "../../support/wire/translations.ts";

interface Translated {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly summary: AnswerSummary;
}

/** A stream on its way to a caller of another format, as the gateway relays it. */
function translateStream(upstream: Upstream, chunks: readonly Uint8Array[], format: ReadFormat): Translated {
  const tap = createTranslateTap({
    source: upstream.framing === "aws" ? createAwsEventSource() : createSseSource(),
    decoder: upstream.codec.createDecoder({ choices: 1 }),
    encoder: CLIENTS[format].createEncoder(optionsFor(format)),
    meter: meterOf(upstream),
    choices: 1,
  });
  const passed = chunks.flatMap((chunk) => tap.push(chunk).forward);
  const { forward, summary } = tap.finish();
  return { bytes: new Uint8Array(Buffer.concat([...passed, ...forward])), summary };
}

/** Chunks that begin and end anywhere. */
function inPieces(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/**
 * What OpenAI's own description finds wrong with a stream in one of OpenAI's formats. Of a response its end is checked:
 * before it even OpenAI's own streams hold a null usage, which the description forbids.
 */
function faultsOfStream(format: ReadFormat, bytes: Uint8Array): readonly string[] {
  if (!hasOpenApi) return [];
  const events = eventsOf(Buffer.from(bytes).toString().replaceAll("data: [DONE]\n", ""));
  if (format === "openai-responses") return openApiFaults("Response", events.at(-1)?.["response"]);
  if (format !== "openai-chat") return [];
  return events.flatMap((event) => openApiFaults("CreateChatCompletionStreamResponse", event));
}

function faultsOfWhole(format: ReadFormat, text: string): readonly string[] {
  if (!hasOpenApi || (format !== "openai-chat" && format !== "openai-responses")) return [];
  return openApiFaults(format === "openai-chat" ? "CreateChatCompletionResponse" : "Response", JSON.parse(text));
}

const FOLDERS = {
  "openai-chat": "openai-chat",
  "groq-chat": "openai-chat",
  "mistral-chat": "openai-chat",
  "openai-responses": "openai-responses",
  "anthropic-messages": "anthropic-messages",
  "google-generate": "gemini",
} as const;

const isError = (name: string): boolean => /error|429/.test(name);

interface Recorded {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function recordedIn(folder: string, from: ReadFormat): readonly Recorded[] {
  const { framing } = UPSTREAMS[from];
  if (framing === "aws") throw new Error("no recording is of AWS");
  const files = recordedStreams(folder).filter((name) => !isError(name));
  if (from === "openai-responses") return files.flatMap(answersIn);
  return files.map((name) => ({ name, bytes: frameEvents(recordedEvents(name), framing) }));
}

/** Each thing that is recorded of a folder with each format that is not its own. */
function withOthers<Item extends object>(list: (folder: string, from: ReadFormat) => readonly Item[]) {
  return Object.entries(FOLDERS).flatMap(([folder, from]) =>
    list(folder, from).flatMap((item) =>
      FORMATS.filter((to) => to !== from).map((to) => Object.assign({ from, to }, item)),
    ),
  );
}

const STREAMS = withOthers(recordedIn);
const ANSWERS = withOthers((folder) =>
  recordedAnswers(folder)
    .filter((name) => !isError(name))
    .map((name) => ({ name })),
);

describe.skipIf(!hasRecordings)(
  "recorded answers of ../shared/fixtures, read through each other format's own client",
  () => {
    it.each(STREAMS)("$name in $to", async ({ bytes, from, to }) => {
      const expected = await SDK_READERS[from].stream(bytes);
      const translated = translateStream(UPSTREAMS[from], inPieces(bytes, 997), to);
      expect(translated.summary.end).toBe("complete");
      expect(await SDK_READERS[to].stream(translated.bytes)).toEqual(expected);
      expect(faultsOfStream(to, translated.bytes)).toEqual([]);
    });

    it.each(ANSWERS)("$name, not streamed, in $to", async ({ name, from, to }) => {
      const text = readRecorded(name);
      const expected = await SDK_READERS[from].whole(text);
      const translated = translateWhole(UPSTREAMS[from], text, to);
      expect(await SDK_READERS[to].whole(translated)).toEqual(expected);
      expect(faultsOfWhole(to, translated)).toEqual([]);
    });

    it.each(FORMATS)("an error inside a stream ends it without an end, in %s", (to) => {
      const bytes = frameEvents(recordedEvents("openai-responses/openai-error.1.chunks.txt"), "named");
      const { summary, bytes: said } = translateStream(UPSTREAMS["openai-responses"], [bytes], to);
      expect(summary).toMatchObject({ end: "interrupted", error: { code: "insufficient_quota" } });
      const text = Buffer.from(said).toString();
      expect(text).not.toMatch(/\[DONE\]|message_stop|response\.completed|finishReason|exceeded/);
    });
  },
);

function ownStream(from: UpstreamFormat): Uint8Array<ArrayBuffer> {
  const lines = ownFixture(`${from}.chunks.txt`).trim().split("\n");
  const { framing } = UPSTREAMS[from];
  if (framing !== "aws") return frameEvents(lines, framing);
  return awsFrames(lines.map((line) => Object.assign({}, JSON.parse(line))));
}

/** What every one of our own fixtures says, each in its own format. */
const SAID: SdkView = {
  text: "Grüße: 42 ✓",
  reasoning: "Six times seven — easy.",
  tools: [{ name: "get_weather", arguments: { city: "Köln", days: 2 } }],
  finish: "tool-calls",
  usage: { input: 100, cached: 40, output: 30 },
};

/** Cohere's cached tokens are not among those that it bills. */
const saidBy = (format: UpstreamFormat): SdkView =>
  format === "cohere-chat" ? { ...SAID, usage: { input: 100, cached: 0, output: 30 } } : SAID;

const OWN = Object.entries(UPSTREAMS).flatMap(([, { codec }]) => FORMATS.map((to) => ({ from: codec.format, to })));

describe("one answer in every upstream's format, read by every official client", () => {
  it.each(OWN)("$from in $to, streamed in pieces of any size", async ({ from, to }) => {
    const bytes = ownStream(from);
    const reference = translateStream(UPSTREAMS[from], [bytes], to);
    expect(await SDK_READERS[to].stream(reference.bytes)).toEqual(saidBy(from));
    expect(faultsOfStream(to, reference.bytes)).toEqual([]);
    for (const size of [1, 2, 3, 7, 64]) {
      expect(translateStream(UPSTREAMS[from], inPieces(bytes, size), to)).toEqual(reference);
    }
  });

  it.each(OWN)("$from in $to, whole", async ({ from, to }) => {
    const translated = translateWhole(UPSTREAMS[from], ownFixture(`${from}.json`), to);
    expect(await SDK_READERS[to].whole(translated)).toEqual(saidBy(from));
    expect(faultsOfWhole(to, translated)).toEqual([]);
  });

  it.each(FORMATS)("the fixture of %s is what its own client reads", async (format) => {
    expect(await SDK_READERS[format].stream(ownStream(format))).toEqual(SAID);
    expect(await SDK_READERS[format].whole(ownFixture(`${format}.json`))).toEqual(SAID);
  });

  it.each(Object.values(UPSTREAMS))("G14: $codec.format bills the same streamed and whole", (upstream) => {
    const { format } = upstream.codec;
    const { summary } = translateStream(upstream, [ownStream(format)], "openai-chat");
    const whole = upstream.codec
      .decodeResponse(ownFixture(`${format}.json`))
      .events.findLast(({ type }) => type === "usage");
    const units = whole?.type === "usage" ? upstream.units(whole.usage) : null;
    expect(units).not.toBeNull();
    expect(summary.usage && upstream.units(summary.usage)).toEqual(units);
    const total = Object.values(units ?? {}).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(130);
  });

  it.each(Object.values(UPSTREAMS))("$codec.format that breaks off is ended in no format", (upstream) => {
    const bytes = ownStream(upstream.codec.format);
    for (const to of FORMATS) {
      const { bytes: said, summary } = translateStream(upstream, [bytes.subarray(0, bytes.length / 2)], to);
      expect(summary.end).toBe("interrupted");
      expect(Buffer.from(said).toString()).not.toMatch(/\[DONE\]|message_stop|response\.completed|finishReason/);
    }
  });

  it("the sum that OpenAI's own client keeps of a translated response is the response", async () => {
    const { bytes } = translateStream(
      UPSTREAMS["anthropic-messages"],
      [ownStream("anthropic-messages")],
      "openai-responses",
    );
    expect((await finalResponse(bytes)).output_text).toBe(SAID.text);
  });
});

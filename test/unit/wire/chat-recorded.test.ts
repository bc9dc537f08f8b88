import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { openAiChatUpstream } from "#wire";
import {
  decodeChunks,
  EVENT_STREAM,
  fetchOf,
  frameEvents,
  hasRecordings,
  JSON_TYPE,
  readArguments,
  readRecorded,
  recordedAnswers,
  recordedEvents,
  recordedStreams,
  splitsOf,
  viewOf,
  type AnswerView,
} from "../../support/wire/replay.ts";

const FOLDERS = ["openai-chat", "groq-chat", "mistral-chat"];
const STREAMS = FOLDERS.flatMap(recordedStreams);
const ANSWERS = FOLDERS.flatMap(recordedAnswers).filter((name) => !name.includes("error"));
const REASONS: Readonly<Record<string, string>> = { stop: "stop", length: "length", tool_calls: "tool-calls" };

const clientOf = (fetch: typeof globalThis.fetch): OpenAI => new OpenAI({ apiKey: "k", fetch, maxRetries: 0 });
const body = { model: "m", messages: [{ role: "user" as const, content: "what the recording was asked" }] };

/** What OpenAI's own client accumulates from the same bytes. Groq's usage is read where the plain member holds it. */
async function streamBySdk(bytes: Uint8Array<ArrayBuffer>): Promise<AnswerView> {
  const stream = await clientOf(fetchOf(bytes, EVENT_STREAM)).chat.completions.create({ ...body, stream: true });
  const tools: { id: string; name: string; text: string }[] = [];
  let text = "";
  let finish: string | null = null;
  let usage: unknown = null;
  for await (const chunk of stream) {
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices;
    text += choice?.delta.content ?? "";
    finish = choice?.finish_reason ?? finish;
    for (const call of choice?.delta.tool_calls ?? []) {
      const tool = (tools[call.index] ??= { id: call.id ?? "", name: "", text: "" });
      tool.name += call.function?.name ?? "";
      tool.text += call.function?.arguments ?? "";
    }
  }
  return viewBySdk(text, tools, finish, usage);
}

async function answerBySdk(answer: string): Promise<AnswerView> {
  const whole = await clientOf(fetchOf(answer, JSON_TYPE)).chat.completions.create(body);
  const [choice] = whole.choices;
  const tools = (choice?.message.tool_calls ?? []).flatMap((call) =>
    call.type === "function" ? [{ id: call.id, name: call.function.name, text: call.function.arguments }] : [],
  );
  return viewBySdk(choice?.message.content ?? "", tools, choice?.finish_reason ?? null, whole.usage ?? null);
}

function viewBySdk(
  text: string,
  tools: readonly { id: string; name: string; text: string }[],
  finish: string | null,
  usage: unknown,
): AnswerView {
  const read = tools.map(({ id, name, text: json }) => ({ id, name, arguments: readArguments(json) }));
  return { text, reasoning: "", tools: read, finish: finish && (REASONS[finish] ?? finish), usage };
}

describe.skipIf(!hasRecordings)("recorded chat completions", () => {
  it.each(STREAMS)("G16: %s reads as OpenAI's client reads it, cut anywhere", async (name) => {
    for (const lineEnd of ["\n", "\r\n"]) {
      const bytes = frameEvents(recordedEvents(name), "done", lineEnd);
      const expected = await streamBySdk(bytes);
      expect(expected.text.length + expected.tools.length).toBeGreaterThan(0);
      for (const chunks of splitsOf(bytes)) {
        const { events, summary } = decodeChunks(openAiChatUpstream, chunks);
        // Recordings of the model's thoughts aside, the SDK's own types know no reasoning.
        expect({ ...viewOf(events), reasoning: "" }).toEqual(expected);
        expect(summary).toMatchObject({ end: "complete", usage: expected.usage });
      }
    }
  });

  it.each(ANSWERS)("%s reads as OpenAI's client reads it", async (name) => {
    const text = readRecorded(name);
    const { end, events } = openAiChatUpstream.decodeResponse(text);
    expect(end).toBe("complete");
    expect({ ...viewOf(events), reasoning: "" }).toEqual(await answerBySdk(text));
  });
});

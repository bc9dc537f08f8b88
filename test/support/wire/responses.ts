import OpenAI from "openai";
import { encodableEvents, openAiResponsesClient, type AnswerEvent, type EncoderOptions, type RawUsage } from "#wire";
import { ADAPTER as OPENAI } from "../../../src/providers/openai/adapter.ts";
import {
  EVENT_STREAM,
  fetchOf,
  frameEvents,
  JSON_TYPE,
  readArguments,
  recordedEvents,
  type AnswerView,
} from "./replay.ts";

type Response = OpenAI.Responses.Response;

export const QUESTION = { model: "gpt-5", input: "x" } as const;

const clientOf = (body: Uint8Array<ArrayBuffer> | string, contentType: string): OpenAI =>
  new OpenAI({ apiKey: "k", maxRetries: 0, fetch: fetchOf(body, contentType) });

/**
 * The response of a recorded stream as OpenAI's own client hands over its events: its end, with the items as they came.
 * (The client's own sum of them refuses recordings that were shortened.)
 */
export async function recordedResponse(bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  const output: OpenAI.Responses.ResponseOutputItem[] = [];
  for await (const event of await clientOf(bytes, EVENT_STREAM).responses.create({ ...QUESTION, stream: true })) {
    if (event.type === "response.output_item.done") output.push(event.item);
    if (event.type === "response.completed" || event.type === "response.incomplete")
      return { ...event.response, output };
  }
  throw new Error("no response came");
}

export const finalResponse = async (bytes: Uint8Array<ArrayBuffer>): Promise<Response> =>
  await clientOf(bytes, EVENT_STREAM).responses.stream(QUESTION).finalResponse();

export const wholeResponse = async (text: string): Promise<Response> =>
  await clientOf(text, JSON_TYPE).responses.create(QUESTION);

/** What a reader makes of a response, in the words of a view. */
export function responseView({ output, usage, status, incomplete_details: incomplete }: Response): AnswerView {
  const tools = output.flatMap((item) => {
    if (item.type === "custom_tool_call")
      return [{ id: item.call_id, name: item.name, arguments: { input: item.input } }];
    if (item.type !== "function_call") return [];
    return [{ id: item.call_id, name: item.name, arguments: readArguments(item.arguments) }];
  });
  const reasons: Readonly<Record<string, string>> = { max_output_tokens: "length", content_filter: "content-filter" };
  const stopped = tools.length > 0 ? "tool-calls" : "stop";
  return {
    text: output
      .flatMap((item) => (item.type === "message" ? item.content : []))
      .map((part) => (part.type === "output_text" ? part.text : ""))
      .join(""),
    reasoning: output
      .flatMap((item) => (item.type === "reasoning" ? [item.summary.map(({ text }) => text).join("\n\n")] : []))
      .join(""),
    tools,
    finish: status === "completed" ? stopped : (reasons[incomplete?.reason ?? ""] ?? "other"),
    usage: usage && countsOf({ ...usage }),
  };
}

/** What bills, whatever else a usage names. */
export const countsOf = (usage: RawUsage) => ({
  input: usage["input_tokens"],
  output: usage["output_tokens"],
  details: [
    Reflect.get(Object(usage["input_tokens_details"]), "cached_tokens"),
    Reflect.get(Object(usage["output_tokens_details"]), "reasoning_tokens"),
  ],
});

/** Says events anew in OpenAI's format, streamed and whole, as where the upstream speaks another. */
export function translate(events: readonly AnswerEvent[], body: object = QUESTION) {
  const request = openAiResponsesClient.parseRequest(JSON.stringify(body), { model: null, stream: null });
  const options: EncoderOptions = {
    requestId: "gen_01h",
    model: "m",
    createdSeconds: 1,
    includeUsage: true,
    request,
  };
  const encodable = encodableEvents(events, {
    units: (usage) => OPENAI.mapUsage(usage, "chat.completions", "openai-responses"),
    costUsd: () => null,
  });
  const encoder = openAiResponsesClient.createEncoder(options);
  const text = encodable.map((event) => encoder.encode(event)).join("") + encoder.finish();
  return {
    text,
    stream: new TextEncoder().encode(text),
    whole: openAiResponsesClient.encodeResponse(encodable, options),
  };
}

/** The events of a stream as values. */
export const eventsOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text.split("\n").flatMap((line) => {
    if (!line.startsWith("data: ")) return [];
    const value: unknown = JSON.parse(line.slice("data: ".length));
    return [Object.assign({}, value)];
  });

interface Recording {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A recording may hold several answers of one conversation. */
export function answersIn(file: string): readonly Recording[] {
  const answers: string[][] = [];
  for (const event of recordedEvents(file)) {
    if (event.includes('"type":"response.created"')) answers.push([]);
    answers.at(-1)?.push(mended(event));
  }
  return answers.map((events, at) => ({ name: `${file} (${at + 1})`, bytes: frameEvents(events, "named") }));
}

/** One recording lost the last brace of its first and its last event. */
function mended(event: string): string {
  try {
    JSON.parse(event);
    return event;
  } catch {
    return `${event}}`;
  }
}

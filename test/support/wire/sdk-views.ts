import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type GenerateContentResponse } from "@google/genai";
import OpenAI from "openai";
import type { ClientFormat } from "#wire";
import { EVENT_STREAM, fetchOf, JSON_TYPE, readArguments } from "./replay.ts";
import { QUESTION, recordedResponse, responseView, wholeResponse } from "./responses.ts";

/** What an official client makes of an answer, in words that every format has. */
export interface SdkView {
  readonly text: string;
  readonly reasoning: string;
  readonly tools: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly finish: "stop" | "length" | "tool-calls" | "filtered" | null;
  /** Input with everything cached, what of it was read from a cache, and output with the reasoning. */
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number } | null;
}

/** The official client of one format, given the bytes of an answer. */
export interface SdkReader {
  stream(bytes: Uint8Array<ArrayBuffer>): Promise<SdkView>;
  whole(text: string): Promise<SdkView>;
}

type Finish = SdkView["finish"];

const kindOf = (kinds: Readonly<Record<string, Finish>>, reason: string | null | undefined): Finish =>
  reason === null || reason === undefined ? null : (kinds[reason] ?? "stop");
const textIn = (value: unknown, name: string): string => {
  const found: unknown = Reflect.get(Object(value), name);
  return typeof found === "string" ? found : "";
};
const countIn = (value: unknown, name: string): number => Number(Reflect.get(Object(value), name) ?? 0);

const CHAT_KINDS: Readonly<Record<string, Finish>> = {
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "filtered",
};
const CHAT_QUESTION = { model: "m", messages: [{ role: "user" as const, content: "x" }] };

function openAi(body: Uint8Array<ArrayBuffer> | string, type: string): OpenAI {
  return new OpenAI({ apiKey: "k", maxRetries: 0, fetch: fetchOf(body, type) });
}

function chatUsage(usage: OpenAI.CompletionUsage | null | undefined): SdkView["usage"] {
  if (!usage) return null;
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = usage;
  return { input, output, cached: details?.cached_tokens ?? 0 };
}

const chatReader: SdkReader = {
  async stream(bytes) {
    const view = { text: "", reasoning: "", finish: null as string | null, usage: null as SdkView["usage"] };
    const tools: { name: string; text: string }[] = [];
    const chunks = await openAi(bytes, EVENT_STREAM).chat.completions.create({ ...CHAT_QUESTION, stream: true });
    for await (const chunk of chunks) {
      view.usage = chatUsage(chunk.usage) ?? view.usage;
      const [choice] = chunk.choices;
      view.text += choice?.delta.content ?? "";
      view.reasoning += textIn(choice?.delta, "reasoning_content");
      view.finish = choice?.finish_reason ?? view.finish;
      for (const { index, function: called } of choice?.delta.tool_calls ?? []) {
        const tool = (tools[index] ??= { name: "", text: "" });
        tool.name += called?.name ?? "";
        tool.text += called?.arguments ?? "";
      }
    }
    const read = Object.values(tools).map(({ name, text }) => ({ name, arguments: readArguments(text) }));
    return { ...view, tools: read, finish: kindOf(CHAT_KINDS, view.finish) };
  },
  async whole(text) {
    const { choices, usage } = await openAi(text, JSON_TYPE).chat.completions.create(CHAT_QUESTION);
    const message = choices[0]?.message;
    return {
      text: message?.content ?? "",
      reasoning: textIn(message, "reasoning_content"),
      tools: (message?.tool_calls ?? []).flatMap((call) =>
        call.type === "function"
          ? [{ name: call.function.name, arguments: readArguments(call.function.arguments) }]
          : [],
      ),
      finish: kindOf(CHAT_KINDS, choices[0]?.finish_reason),
      usage: chatUsage(usage),
    };
  },
};

const RESPONSE_KINDS: Readonly<Record<string, Finish>> = {
  length: "length",
  "tool-calls": "tool-calls",
  "content-filter": "filtered",
};

function viewOfResponse(response: OpenAI.Responses.Response): SdkView {
  const { text, reasoning, tools, finish } = responseView(response);
  const { usage } = response;
  const refused = response.output.some(
    (item) => item.type === "message" && item.content.some(({ type }) => type === "refusal"),
  );
  return {
    text,
    reasoning,
    tools: tools.map(({ name, arguments: read }) => ({ name, arguments: read })),
    finish: refused ? "filtered" : kindOf(RESPONSE_KINDS, finish),
    usage: usage
      ? {
          input: usage.input_tokens,
          cached: usage.input_tokens_details?.cached_tokens ?? 0,
          output: usage.output_tokens,
        }
      : null,
  };
}

const responsesReader: SdkReader = {
  stream: async (bytes) => viewOfResponse(await recordedResponse(bytes)),
  whole: async (text) => viewOfResponse(await wholeResponse(text)),
};

const MESSAGE_KINDS: Readonly<Record<string, Finish>> = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "filtered",
};
const MESSAGE_QUESTION = { ...CHAT_QUESTION, max_tokens: 16 };

function viewOfMessage({ content, stop_reason: reason, usage }: Anthropic.Message): SdkView {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    tools: content.flatMap((block) =>
      block.type === "tool_use" ? [{ name: block.name, arguments: block.input }] : [],
    ),
    finish: kindOf(MESSAGE_KINDS, reason),
    usage: {
      input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
      cached,
      output: usage.output_tokens,
    },
  };
}

const anthropic = (body: Uint8Array<ArrayBuffer> | string, type: string): Anthropic =>
  new Anthropic({ apiKey: "k", maxRetries: 0, fetch: fetchOf(body, type) });

const messagesReader: SdkReader = {
  stream: async (bytes) =>
    viewOfMessage(await anthropic(bytes, EVENT_STREAM).messages.stream(MESSAGE_QUESTION).finalMessage()),
  whole: async (text) => viewOfMessage(await anthropic(text, JSON_TYPE).messages.create(MESSAGE_QUESTION)),
};

const GEMINI_KINDS: Readonly<Record<string, Finish>> = { MAX_TOKENS: "length", SAFETY: "filtered" };

function viewOfChunks(chunks: readonly GenerateContentResponse[]): SdkView {
  const candidates = chunks.flatMap((chunk) => chunk.candidates?.slice(0, 1) ?? []);
  const parts = candidates.flatMap(({ content }) => content?.parts ?? []);
  const tools = parts.flatMap(({ functionCall }) =>
    functionCall ? [{ name: functionCall.name ?? "", arguments: functionCall.args }] : [],
  );
  const finish = kindOf(GEMINI_KINDS, candidates.findLast(({ finishReason }) => finishReason)?.finishReason);
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata)?.usageMetadata;
  return {
    text: parts.map(({ text, thought }) => (thought ? "" : (text ?? ""))).join(""),
    reasoning: parts.map(({ text, thought }) => (thought ? (text ?? "") : "")).join(""),
    tools,
    finish: finish === "stop" && tools.length > 0 ? "tool-calls" : finish,
    usage: usage
      ? {
          input: countIn(usage, "promptTokenCount") + countIn(usage, "toolUsePromptTokenCount"),
          cached: countIn(usage, "cachedContentTokenCount"),
          output: countIn(usage, "candidatesTokenCount") + countIn(usage, "thoughtsTokenCount"),
        }
      : null,
  };
}

/** Google's client takes no fetch of its own, so that the platform's is replaced while it reads. */
async function withGoogle<Value>(
  body: Uint8Array<ArrayBuffer> | string,
  type: string,
  read: (client: GoogleGenAI) => Promise<Value>,
): Promise<Value> {
  const before = globalThis.fetch;
  globalThis.fetch = fetchOf(body, type);
  try {
    return await read(new GoogleGenAI({ apiKey: "k" }));
  } finally {
    globalThis.fetch = before;
  }
}

const geminiReader: SdkReader = {
  stream: (bytes) =>
    withGoogle(bytes, EVENT_STREAM, async ({ models }) => {
      const chunks: GenerateContentResponse[] = [];
      const stream = await models.generateContentStream({ model: "m", contents: "x" });
      for await (const chunk of stream) chunks.push(chunk);
      return viewOfChunks(chunks);
    }),
  whole: (text) =>
    withGoogle(text, JSON_TYPE, async ({ models }) =>
      viewOfChunks([await models.generateContent({ model: "m", contents: "x" })]),
    ),
};

export type ReadFormat = Exclude<ClientFormat, "openai-completions">;

/** The official client of each format. */
export const SDK_READERS: Readonly<Record<ReadFormat, SdkReader>> = {
  "openai-chat": chatReader,
  "openai-responses": responsesReader,
  "anthropic-messages": messagesReader,
  gemini: geminiReader,
};

/** A smallest request of each format. */
export const QUESTIONS: Readonly<Record<ReadFormat, object>> = {
  "openai-chat": { ...CHAT_QUESTION, stream: true, stream_options: { include_usage: true } },
  "openai-responses": QUESTION,
  "anthropic-messages": MESSAGE_QUESTION,
  gemini: { contents: [{ role: "user", parts: [{ text: "x" }] }] },
};

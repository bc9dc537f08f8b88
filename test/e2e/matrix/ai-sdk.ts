import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  generateText,
  jsonSchema,
  Output,
  streamText,
  tool,
  type LanguageModel,
  type ModelMessage,
  type ToolSet,
} from "ai";
import {
  MAX_TOKENS,
  REPORT_SCHEMA,
  TOOL_NAME,
  TOOL_TEXT,
  WEATHER_SCHEMA,
  type Question,
  type Reply,
  type Speaker,
} from "./speaker.ts";

const TOOLS: ToolSet = {
  [TOOL_NAME]: tool({ description: TOOL_TEXT, inputSchema: jsonSchema(WEATHER_SCHEMA) }),
};

function optionsOf(model: LanguageModel, question: Question) {
  const content = [
    { type: "text" as const, text: question.prompt },
    ...(question.image ? [{ type: "file" as const, mediaType: "image/png", data: question.image }] : []),
  ];
  const messages: ModelMessage[] = [{ role: "user", content }, ...turnOf(question)];
  return {
    model,
    messages,
    maxRetries: 0,
    maxOutputTokens: question.maxTokens ?? MAX_TOKENS,
    ...(question.system ? { instructions: question.system } : {}),
    ...(question.signal ? { abortSignal: question.signal } : {}),
    ...(question.tool ? { tools: TOOLS } : {}),
    ...(question.tool === "forced" ? { toolChoice: { type: "tool" as const, toolName: TOOL_NAME } } : {}),
    ...(question.structured ? { output: Output.object({ schema: jsonSchema(REPORT_SCHEMA) }) } : {}),
    ...(question.reasoning ? { reasoning: "medium" as const } : {}),
  };
}

function turnOf({ turn }: Question): ModelMessage[] {
  if (!turn) return [];
  const [call] = turn.reply.calls;
  return [
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the messages that this very client made in the turn before
    ...(turn.reply.own as ModelMessage[]),
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: call?.id ?? "",
          toolName: TOOL_NAME,
          output: { type: "text", value: turn.result },
        },
      ],
    },
  ];
}

const FINISHES: Readonly<Record<string, Reply["finish"]>> = { stop: "stop", length: "length", "tool-calls": "tool" };

interface Read {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly { readonly toolCallId: string; readonly toolName: string; readonly input: unknown }[];
  readonly finishReason: string;
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined };
  readonly response: { readonly messages: readonly ModelMessage[] };
}

function replyOf(read: Read, pieces: number): Reply {
  const calls = read.toolCalls.map(({ toolCallId, toolName, input }) => ({
    id: toolCallId,
    name: toolName,
    args: input,
  }));
  return {
    text: read.text,
    reasoning: read.reasoningText ?? "",
    calls,
    finish: calls.length > 0 ? "tool" : (FINISHES[read.finishReason] ?? "other"),
    usage: { input: read.usage.inputTokens ?? -1, output: read.usage.outputTokens ?? -1 },
    own: read.response.messages,
    pieces,
  };
}

function speaker(name: string, format: Speaker["format"], model: (id: string) => LanguageModel): Speaker {
  return {
    name,
    format,
    ask: async (question) => replyOf(await generateText(optionsOf(model(question.model), question)), 1),
    async stream(question, onPiece) {
      let fault: unknown = null;
      const result = streamText({
        ...optionsOf(model(question.model), question),
        onError: ({ error }) => {
          fault = error;
        },
      });
      let pieces = 0;
      for await (const piece of result.textStream) {
        if (piece === "") continue;
        pieces += 1;
        onPiece?.();
      }
      if (fault !== null) throw fault;
      return replyOf(
        {
          text: await result.text,
          reasoningText: await result.reasoningText,
          toolCalls: await result.toolCalls,
          finishReason: await result.finishReason,
          usage: await result.usage,
          response: await result.response,
        },
        pieces,
      );
    },
  };
}

/** `ai` over each provider package that speaks one of our formats. */
export function aiSdkSpeakers(gateway: string, apiKey: string): readonly Speaker[] {
  const openai = createOpenAI({ baseURL: `${gateway}/v1`, apiKey });
  const anthropic = createAnthropic({ baseURL: `${gateway}/v1`, apiKey });
  const google = createGoogle({ baseURL: `${gateway}/v1beta`, apiKey });
  const compatible = createOpenAICompatible({
    name: "prismatic",
    baseURL: `${gateway}/v1`,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  return [
    speaker("ai over @ai-sdk/openai", "openai-responses", (id) => openai.responses(id)),
    speaker("ai over @ai-sdk/openai chat", "openai-chat", (id) => openai.chat(id)),
    { ...speaker("ai over @ai-sdk/anthropic", "anthropic-messages", (id) => anthropic(id)), streamsWithMore: true },
    speaker("ai over @ai-sdk/google", "gemini", (id) => google(id)),
    speaker("ai over @ai-sdk/openai-compatible", "openai-chat", (id) => compatible(id)),
  ];
}

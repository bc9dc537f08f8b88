import type OpenAI from "openai";
import { openAi } from "../support/client.ts";
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

type Message = OpenAI.ChatCompletionMessage & { readonly reasoning_content?: string };

function bodyOf(question: Question): OpenAI.ChatCompletionCreateParamsNonStreaming {
  const content: OpenAI.ChatCompletionContentPart[] = [{ type: "text", text: question.prompt }];
  if (question.image) {
    content.push({ type: "image_url", image_url: { url: `data:image/png;base64,${question.image}` } });
  }
  return {
    model: question.model,
    max_completion_tokens: question.maxTokens ?? MAX_TOKENS,
    messages: [
      ...(question.system ? [{ role: "system" as const, content: question.system }] : []),
      { role: "user", content },
      ...turnOf(question),
    ],
    ...(question.tool
      ? {
          tools: [
            { type: "function", function: { name: TOOL_NAME, description: TOOL_TEXT, parameters: WEATHER_SCHEMA } },
          ],
        }
      : {}),
    ...(question.tool === "forced" ? { tool_choice: { type: "function", function: { name: TOOL_NAME } } } : {}),
    ...(question.structured
      ? {
          response_format: {
            type: "json_schema",
            json_schema: { name: "report", schema: REPORT_SCHEMA, strict: true },
          },
        }
      : {}),
    ...(question.reasoning ? { reasoning_effort: "medium" } : {}),
  };
}

function turnOf({ turn }: Question): OpenAI.ChatCompletionMessageParam[] {
  if (!turn) return [];
  const [call] = turn.reply.calls;
  return [
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the message that this very client read in the turn before
    turn.reply.own as OpenAI.ChatCompletionMessageParam,
    { role: "tool", tool_call_id: call?.id ?? "", content: turn.result },
  ];
}

const FINISHES: Readonly<Record<string, Reply["finish"]>> = { stop: "stop", length: "length", tool_calls: "tool" };

function replyOf(completion: OpenAI.ChatCompletion, pieces: number): Reply {
  const choice = completion.choices[0];
  if (!choice) throw new Error("a completion without a choice");
  const message: Message = choice.message;
  const calls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{ id: call.id, name: call.function.name, args: JSON.parse(call.function.arguments) as unknown }]
      : [],
  );
  return {
    text: message.content ?? "",
    reasoning: message.reasoning_content ?? "",
    calls,
    finish: calls.length > 0 ? "tool" : (FINISHES[choice.finish_reason] ?? "other"),
    usage: { input: completion.usage?.prompt_tokens ?? -1, output: completion.usage?.completion_tokens ?? -1 },
    own: message,
    pieces,
  };
}

/** `openai`, chat completions. */
export function openAiChatSpeaker(gateway: string, apiKey: string): Speaker {
  const client = openAi(`${gateway}/v1`, apiKey);
  const options = ({ signal }: Question) => (signal ? { signal } : {});
  return {
    name: "openai chat",
    format: "openai-chat",
    ask: async (question) => replyOf(await client.chat.completions.create(bodyOf(question), options(question)), 1),
    async stream(question, onPiece) {
      let pieces = 0;
      const helper = client.chat.completions.stream(
        { ...bodyOf(question), stream: true, stream_options: { include_usage: true } },
        options(question),
      );
      helper.on("content", () => {
        pieces += 1;
        onPiece?.();
      });
      return replyOf(await helper.finalChatCompletion(), pieces);
    },
  };
}

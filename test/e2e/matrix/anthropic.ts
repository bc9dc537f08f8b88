import Anthropic from "@anthropic-ai/sdk";
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

const BUDGET_TOKENS = 1_024;

function bodyOf(question: Question): Anthropic.MessageCreateParamsNonStreaming {
  const content: Anthropic.ContentBlockParam[] = [{ type: "text", text: question.prompt }];
  if (question.image) {
    content.push({ type: "image", source: { type: "base64", media_type: "image/png", data: question.image } });
  }
  return {
    model: question.model,
    max_tokens: question.maxTokens ?? MAX_TOKENS,
    ...(question.system ? { system: question.system } : {}),
    messages: [{ role: "user", content }, ...turnOf(question)],
    ...(question.tool
      ? {
          tools: [{ name: TOOL_NAME, description: TOOL_TEXT, input_schema: { ...WEATHER_SCHEMA, required: ["city"] } }],
        }
      : {}),
    ...(question.tool === "forced" ? { tool_choice: { type: "tool", name: TOOL_NAME } } : {}),
    ...(question.structured ? { output_config: { format: { type: "json_schema", schema: REPORT_SCHEMA } } } : {}),
    ...(question.reasoning ? { thinking: { type: "enabled", budget_tokens: BUDGET_TOKENS } } : {}),
  };
}

function turnOf({ turn }: Question): Anthropic.MessageParam[] {
  if (!turn) return [];
  const [call] = turn.reply.calls;
  return [
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the content that this very client read in the turn before
    { role: "assistant", content: turn.reply.own as Anthropic.ContentBlockParam[] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: turn.result }] },
  ];
}

const FINISHES: Readonly<Record<string, Reply["finish"]>> = {
  end_turn: "stop",
  max_tokens: "length",
  tool_use: "tool",
};

function replyOf(message: Anthropic.Message, pieces: number): Reply {
  return {
    text: message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
    reasoning: message.content.flatMap((block) => (block.type === "thinking" ? [block.thinking] : [])).join(""),
    calls: message.content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, args: block.input }] : [],
    ),
    finish: FINISHES[message.stop_reason ?? ""] ?? "other",
    usage: { input: message.usage.input_tokens, output: message.usage.output_tokens },
    own: message.content,
    pieces,
  };
}

export function anthropicClient(gateway: string, apiKey: string, maxRetries = 0): Anthropic {
  return new Anthropic({ baseURL: gateway, apiKey, maxRetries });
}

/** `@anthropic-ai/sdk`, messages. */
export function anthropicSpeaker(gateway: string, apiKey: string): Speaker {
  const client = anthropicClient(gateway, apiKey);
  const options = ({ signal }: Question) => (signal ? { signal } : {});
  return {
    name: "anthropic",
    format: "anthropic-messages",
    ask: async (question) => replyOf(await client.messages.create(bodyOf(question), options(question)), 1),
    async stream(question, onPiece) {
      let pieces = 0;
      const helper = client.messages.stream(bodyOf(question), options(question));
      helper.on("text", () => {
        pieces += 1;
        onPiece?.();
      });
      return replyOf(await helper.finalMessage(), pieces);
    },
  };
}

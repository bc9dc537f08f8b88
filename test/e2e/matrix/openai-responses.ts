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

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;

function bodyOf(question: Question): Body {
  const content: OpenAI.Responses.ResponseInputContent[] = [{ type: "input_text", text: question.prompt }];
  if (question.image) {
    content.push({ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${question.image}` });
  }
  return {
    model: question.model,
    max_output_tokens: question.maxTokens ?? MAX_TOKENS,
    store: false,
    ...(question.system ? { instructions: question.system } : {}),
    input: [{ role: "user", content }, ...turnOf(question)],
    ...(question.tool
      ? {
          tools: [
            { type: "function", name: TOOL_NAME, description: TOOL_TEXT, parameters: WEATHER_SCHEMA, strict: true },
          ],
        }
      : {}),
    ...(question.tool === "forced" ? { tool_choice: { type: "function", name: TOOL_NAME } } : {}),
    ...(question.structured
      ? { text: { format: { type: "json_schema", name: "report", schema: REPORT_SCHEMA, strict: true } } }
      : {}),
    ...(question.reasoning
      ? { reasoning: { effort: "medium", summary: "auto" }, include: ["reasoning.encrypted_content"] }
      : {}),
  };
}

function turnOf({ turn }: Question): OpenAI.Responses.ResponseInputItem[] {
  if (!turn) return [];
  const [call] = turn.reply.calls;
  return [
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the items that this very client read in the turn before
    ...(turn.reply.own as OpenAI.Responses.ResponseInputItem[]),
    { type: "function_call_output", call_id: call?.id ?? "", output: turn.result },
  ];
}

function finishOf(response: OpenAI.Responses.Response, hasCalls: boolean): Reply["finish"] {
  if (response.incomplete_details?.reason === "max_output_tokens") return "length";
  if (response.status !== "completed") return "other";
  return hasCalls ? "tool" : "stop";
}

function replyOf(response: OpenAI.Responses.Response, pieces: number): Reply {
  const calls = response.output.flatMap((item) =>
    item.type === "function_call"
      ? [{ id: item.call_id, name: item.name, args: JSON.parse(item.arguments) as unknown }]
      : [],
  );
  const reasoning = response.output.flatMap((item) =>
    item.type === "reasoning" ? item.summary.map(({ text }) => text) : [],
  );
  return {
    text: response.output_text,
    reasoning: reasoning.join(""),
    calls,
    finish: finishOf(response, calls.length > 0),
    usage: { input: response.usage?.input_tokens ?? -1, output: response.usage?.output_tokens ?? -1 },
    // The stream helper adds what it parsed, which the API itself refuses to be sent.
    own: response.output.map((item) =>
      Object.fromEntries(Object.entries(item).filter(([name]) => name !== "parsed_arguments")),
    ),
    pieces,
  };
}

/** `openai`, responses. */
export function openAiResponsesSpeaker(gateway: string, apiKey: string): Speaker {
  const client = openAi(`${gateway}/v1`, apiKey);
  const options = ({ signal }: Question) => (signal ? { signal } : {});
  return {
    name: "openai responses",
    format: "openai-responses",
    ask: async (question) => replyOf(await client.responses.create(bodyOf(question), options(question)), 1),
    async stream(question, onPiece) {
      let pieces = 0;
      const helper = client.responses.stream({ ...bodyOf(question), stream: true }, options(question));
      helper.on("response.output_text.delta", () => {
        pieces += 1;
        onPiece?.();
      });
      return replyOf(await helper.finalResponse(), pieces);
    },
  };
}

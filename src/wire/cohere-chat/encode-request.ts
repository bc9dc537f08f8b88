import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import type {
  ImagePart,
  MediaSource,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  ToolChoice,
  ToolResultPart,
} from "../prompt.ts";
import { BUDGET_MINIMUM_TOKENS, budgetOf } from "../reasoning.ts";

type Json = Readonly<Record<string, unknown>>;

/** A prompt as the body of `POST /v2/chat`. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const { sampling, toolChoice, reasoning } = prompt;
  const system = prompt.system.map(({ text }) => text).join("\n\n");
  const budget = reasoning && budgetOf(reasoning, options.outputTokens);
  return {
    model: options.upstreamModel,
    stream: options.stream,
    messages: [
      ...(system === "" ? [] : [{ role: "system", content: system }]),
      ...prompt.messages.flatMap(encodeMessage),
    ],
    ...present({
      max_tokens: options.outputTokens,
      temperature: sampling.temperature,
      p: sampling.topP,
      k: sampling.topK,
      presence_penalty: sampling.presencePenalty,
      frequency_penalty: sampling.frequencyPenalty,
      seed: sampling.seed,
    }),
    ...(sampling.stop.length === 0 ? {} : { stop_sequences: sampling.stop }),
    ...(prompt.tools.length === 0 ? {} : { tools: encodeTools(prompt) }),
    ...(prompt.tools.length > 0 && toolChoice ? encodeToolChoice(toolChoice) : {}),
    ...(prompt.outputFormat && prompt.outputFormat.type !== "text"
      ? { response_format: encodeFormat(prompt.outputFormat) }
      : {}),
    ...(budget === null ? {} : { thinking: encodeThinking(budget) }),
  };
}

const present = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** One named tool is the only one sent, and must be called. */
function encodeToolChoice({ type }: ToolChoice): Json {
  if (type === "auto") return {};
  return { tool_choice: type === "none" ? "NONE" : "REQUIRED" };
}

/** A negative budget leaves it to the model. */
function encodeThinking(budget: number): Json {
  if (budget === 0) return { type: "disabled" };
  if (budget < 0) return { type: "enabled" };
  return { type: "enabled", token_budget: Math.max(BUDGET_MINIMUM_TOKENS, budget) };
}

function encodeFormat(format: OutputFormat): Json {
  return { type: "json_object", ...(format.type === "json_schema" ? { json_schema: format.schema } : {}) };
}

function encodeTools({ tools, toolChoice }: Prompt): readonly Json[] {
  const wanted = toolChoice?.type === "tool" ? tools.filter(({ name }) => name === toolChoice.name) : tools;
  return wanted.map(encodeTool);
}

function encodeTool({ name, description, schema }: PromptTool): Json {
  return {
    type: "function",
    function: { name, description: description ?? "", parameters: schema ?? { type: "object", properties: {} } },
  };
}

/** Tool results are messages of their own here, before what else the user says. */
function encodeMessage({ role, parts }: PromptMessage): readonly Json[] {
  if (role === "system") return [{ role: "system", content: textOf(parts) }];
  if (role === "assistant") return encodeAssistant(parts);
  const results = parts.flatMap((part) =>
    part.type === "tool-result" ? [{ role: "tool", tool_call_id: part.callId, content: resultText(part) }] : [],
  );
  const content = parts.flatMap((part) => (part.type === "tool-result" ? [] : encodeContent(part)));
  return content.length === 0 ? results : [...results, { role: "user", content }];
}

function resultText({ parts }: ToolResultPart): string {
  if (parts.every(({ type }) => type === "text")) return textOf(parts);
  throw invalidParameter("messages", "hold a tool's result that is no text, which this model does not take.");
}

/** A turn of nothing but reasoning says nothing here: Cohere takes none back. */
function encodeAssistant(parts: readonly PromptPart[]): readonly Json[] {
  const calls = parts.flatMap((part) =>
    part.type === "tool-call"
      ? [{ id: part.id, type: "function", function: { name: part.name, arguments: part.arguments } }]
      : [],
  );
  const text = textOf(parts);
  if (text === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      ...(text === "" ? {} : { content: text }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

const textOf = (parts: readonly PromptPart[]): string =>
  parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("");

function encodeContent(part: PromptPart): readonly Json[] {
  if (part.type === "text" || part.type === "refusal") return [{ type: "text", text: part.text }];
  if (part.type === "image") return [encodeImage(part)];
  if (part.type === "reasoning") return [];
  throw invalidParameter("messages", "hold a part of a kind that this model does not take.");
}

const encodeImage = ({ source }: ImagePart): Json => ({ type: "image_url", image_url: { url: urlOf(source) } });

const urlOf = (source: MediaSource): string =>
  source.type === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;

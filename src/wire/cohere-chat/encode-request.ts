import type { EncodeRequestOptions } from "../codec.ts";
import { checkRange } from "../check-range.ts";
import { invalidParameter } from "../parse-body.ts";
import type {
  ImagePart,
  MediaSource,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  Sampling,
  ToolChoice,
  ToolResultPart,
} from "../prompt.ts";
import { BUDGET_MINIMUM_TOKENS, budgetOf } from "../reasoning.ts";

type Json = Readonly<Record<string, unknown>>;

/** Source: Cohere API reference, `POST /v2/chat`. */
const TOP_P_MINIMUM = 0.01;
const TOP_P_MAXIMUM = 0.99;
const TOP_K_MAXIMUM = 500;

/**
 * A prompt as the body of `POST /v2/chat`. Instructions alone are asked as the user's own words. Throws AppError
 * `invalid_parameter` for what Cohere would refuse.
 */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const { toolChoice, reasoning } = prompt;
  const hasFormat = prompt.outputFormat !== null && prompt.outputFormat.type !== "text";
  if (hasFormat && prompt.tools.length > 0)
    throw invalidParameter("tools", "cannot be combined with structured output for this model.");
  const budget = reasoning && budgetOf(reasoning, options.outputTokens);
  return {
    model: options.upstreamModel,
    stream: options.stream,
    messages: encodeConversation(prompt),
    ...present({ max_tokens: options.outputTokens }),
    ...encodeSampling(prompt.sampling),
    ...(prompt.tools.length === 0 ? {} : { tools: encodeTools(prompt) }),
    ...(prompt.tools.length > 0 && toolChoice ? encodeToolChoice(toolChoice) : {}),
    ...(prompt.outputFormat && hasFormat ? { response_format: encodeFormat(prompt.outputFormat) } : {}),
    ...(budget === null ? {} : { thinking: encodeThinking(budget) }),
  };
}

function encodeConversation(prompt: Prompt): readonly Json[] {
  const system = prompt.system.map(({ text }) => text).join("\n\n");
  const messages = prompt.messages.flatMap(encodeMessage);
  if (messages.length > 0) return system === "" ? messages : [{ role: "system", content: system }, ...messages];
  if (system === "") throw invalidParameter("messages", "holds nothing to answer.");
  return [{ role: "user", content: system }];
}

/** A nucleus of 1 cuts nothing off, which Cohere can only be told by silence. Other values are not bent to fit. */
function encodeSampling({ topP, topK, presencePenalty, frequencyPenalty, ...sampling }: Sampling): Json {
  const p = topP === 1 ? null : topP;
  checkRange("top_p", p, TOP_P_MINIMUM, TOP_P_MAXIMUM);
  checkRange("top_k", topK, 0, TOP_K_MAXIMUM);
  checkRange("presence_penalty", presencePenalty, 0, 1);
  checkRange("frequency_penalty", frequencyPenalty, 0, 1);
  return {
    ...present({
      temperature: sampling.temperature,
      p,
      k: topK,
      presence_penalty: presencePenalty,
      frequency_penalty: frequencyPenalty,
      seed: sampling.seed,
    }),
    ...(sampling.stop.length === 0 ? {} : { stop_sequences: sampling.stop }),
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

const encodeInstructions = (text: string): readonly Json[] => (text === "" ? [] : [{ role: "system", content: text }]);

/** Tool results are messages of their own here, before what else the user says. */
function encodeMessage({ role, parts }: PromptMessage): readonly Json[] {
  if (role === "system") return encodeInstructions(textOf(parts));
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
  // An empty text is no message for Cohere.
  if (part.type === "text" || part.type === "refusal")
    return part.text === "" ? [] : [{ type: "text", text: part.text }];
  if (part.type === "image") return [encodeImage(part)];
  if (part.type === "reasoning") return [];
  throw invalidParameter("messages", "hold a part of a kind that this model does not take.");
}

const encodeImage = ({ source }: ImagePart): Json => ({ type: "image_url", image_url: { url: urlOf(source) } });

const urlOf = (source: MediaSource): string =>
  source.type === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;

import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import type { Prompt, PromptTool } from "../prompt.ts";
import { cacheControl, encodeMessages, encodeSystem } from "./encode-blocks.ts";
import { encodeThinking, wantsThinking } from "./encode-thinking.ts";
import { traitsOf, type ModelTraits } from "./model-traits.ts";

type Members = Readonly<Record<string, unknown>>;

/**
 * A body for `POST /v1/messages`. Instructions alone are asked as the user's own words, since a conversation must not be
 * empty. What a model's generation does not take, and `anthropicOverrides` reported, is left out. Throws AppError
 * `invalid_parameter`.
 */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Members {
  const traits = traitsOf(options.upstreamModel);
  const maxTokens = options.outputTokens ?? traits.outputTokens;
  const { thinking, effort } = encodeThinking(prompt, maxTokens, traits);
  const format =
    prompt.outputFormat?.type === "json_schema"
      ? { type: "json_schema", schema: prompt.outputFormat.schema }
      : undefined;
  return withoutUndefined({
    model: options.upstreamModel,
    max_tokens: maxTokens,
    ...encodeConversation(prompt),
    ...(prompt.tools.length > 0 ? { tools: prompt.tools.map(encodeTool), tool_choice: encodeToolChoice(prompt) } : {}),
    thinking,
    output_config: effort === undefined && format === undefined ? undefined : withoutUndefined({ effort, format }),
    ...(wantsThinking(prompt.reasoning) ? {} : encodeSampling(prompt, traits)),
    stop_sequences: encodeStops(prompt),
    metadata: prompt.user === null ? undefined : { user_id: prompt.user },
    stream: options.stream ? true : undefined,
  });
}

function encodeConversation(prompt: Prompt): Members {
  const messages = encodeMessages(prompt);
  const system = encodeSystem(prompt);
  if (messages.length > 0) return { system: system.length > 0 ? system : undefined, messages };
  if (system.length === 0) throw invalidParameter("messages", "holds nothing to answer.");
  return { messages: [{ role: "user", content: system }] };
}

/** Every schema of arguments is an object's. */
function encodeTool(tool: PromptTool): Members {
  return withoutUndefined({
    name: tool.name,
    description: tool.description ?? undefined,
    input_schema: { type: "object", ...(tool.schema ?? { properties: {} }) },
    strict: tool.strict === true ? true : undefined,
    ...cacheControl(tool.cache),
  });
}

function encodeToolChoice({ toolChoice, parallelToolCalls }: Prompt): Members | undefined {
  const isSerial = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  switch (toolChoice?.type) {
    case undefined:
      return parallelToolCalls === false ? { type: "auto", ...isSerial } : undefined;
    case "none":
      return { type: "none" };
    case "required":
      return { type: "any", ...isSerial };
    case "auto":
      return { type: "auto", ...isSerial };
    case "tool":
      return { type: "tool", name: toolChoice.name, ...isSerial };
    default:
      return toolChoice satisfies never;
  }
}

function encodeSampling({ sampling }: Prompt, traits: ModelTraits): Members {
  if (traits.sampling === "none") return {};
  const { temperature, topP, topK } = sampling;
  if (temperature !== null && temperature > 1)
    throw invalidParameter("temperature", "must be at most 1 for this model.");
  const hasTopP = topP !== null && (temperature === null || traits.sampling === "all");
  return { temperature: temperature ?? undefined, top_p: hasTopP ? topP : undefined, top_k: topK ?? undefined };
}

function encodeStops({ sampling: { stop } }: Prompt): readonly string[] | undefined {
  if (stop.some((text) => text.trim() === ""))
    throw invalidParameter("stop", "must hold more than white space for this model.");
  return stop.length > 0 ? stop : undefined;
}

function withoutUndefined(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

import type { EncodeRequestOptions } from "../codec.ts";
import type { OutputFormat, Prompt, PromptTool, ReasoningRequest, ToolChoice } from "../prompt.ts";
import { effortOf } from "../reasoning.ts";
import { encodeItems } from "./encode-items.ts";
import { nearestEffort, traitsOf, type ModelTraits } from "./model-traits.ts";
import type { Json } from "./read-response.ts";
import { LOGPROBS } from "./read-uses.ts";

/** OpenAI refuses less. */
export const OUTPUT_TOKENS_MINIMUM = 16;
/** OpenAI refuses longer ones; the first part tells users apart as well. */
const USER_MAX_CHARACTERS = 64;
/** Since nothing is stored, reasoning comes back to OpenAI by way of the caller or not at all. */
export const ENCRYPTED_REASONING = "reasoning.encrypted_content";

/** A prompt as the body of `POST /responses`. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const { sampling } = prompt;
  const traits = traitsOf(options.upstreamModel);
  const include = [...(traits.reasons ? [ENCRYPTED_REASONING] : []), ...(sampling.logprobs ? [LOGPROBS] : [])];
  const instructions = prompt.system.map(({ text }) => text).join("\n\n");
  return {
    model: options.upstreamModel,
    ...(instructions === "" ? {} : { instructions }),
    input: encodeItems(prompt.messages),
    stream: options.stream,
    store: false,
    ...(include.length === 0 ? {} : { include }),
    ...(prompt.tools.length === 0 ? {} : { tools: prompt.tools.map(encodeTool) }),
    ...present({
      tool_choice: prompt.toolChoice && encodeToolChoice(prompt.toolChoice),
      parallel_tool_calls: prompt.tools.length === 0 ? null : prompt.parallelToolCalls,
      max_output_tokens: options.outputTokens,
      ...encodeSampling(prompt, traits),
      top_logprobs: sampling.logprobs ? sampling.topLogprobs : null,
      reasoning: prompt.reasoning && encodeReasoning(prompt.reasoning, traits),
      text: encodeText(prompt),
      safety_identifier: prompt.user && prompt.user.slice(0, USER_MAX_CHARACTERS),
    }),
  };
}

const present = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** Models that reason take no sampling, unless they are told not to reason (`responsesOverrides` reports it). */
function encodeSampling({ sampling, reasoning }: Prompt, { reasons, efforts }: ModelTraits): Json {
  const isOff = efforts.includes("none") && reasoning !== null && effortOf(reasoning) === "none";
  if (reasons && !isOff) return {};
  return { temperature: sampling.temperature, top_p: sampling.topP };
}

function encodeTool({ name, description, schema, strict }: PromptTool): Json {
  return {
    type: "function",
    name,
    ...(description === null ? {} : { description }),
    parameters: schema ?? { type: "object", properties: {} },
    // Unnamed it would be on here, and schemas that other formats allow would be refused.
    strict: strict ?? false,
  };
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return choice.type === "tool" ? { type: "function", name: choice.name } : choice.type;
}

function encodeReasoning(reasoning: ReasoningRequest, { efforts }: ModelTraits): Json | null {
  if (efforts.length === 0) return null;
  const wanted = effortOf(reasoning);
  const effort = wanted === null ? null : nearestEffort(efforts, wanted);
  const summary = reasoning.show === true && wanted !== "none" ? "auto" : null;
  return effort === null && summary === null ? null : present({ effort, summary });
}

function encodeText({ outputFormat, verbosity }: Prompt): Json | null {
  const format = outputFormat && encodeFormat(outputFormat);
  return format === null && verbosity === null ? null : present({ format, verbosity });
}

function encodeFormat(format: OutputFormat): Json | null {
  if (format.type !== "json_schema") return format.type === "json" ? { type: "json_object" } : null;
  const { name, description, schema, strict } = format;
  return { type: "json_schema", name, schema, ...present({ description, strict }) };
}

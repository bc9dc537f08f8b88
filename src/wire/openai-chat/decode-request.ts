import { createMemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord } from "../parse-body.ts";
import type {
  OutputFormat,
  Prompt,
  PromptTool,
  ReasoningEffort,
  ReasoningRequest,
  Sampling,
  ToolChoice,
} from "../prompt.ts";
import { decodeMessages } from "./decode-messages.ts";
import { cacheOf } from "./decode-parts.ts";
import type { ChatRequestBody } from "./request-schema.ts";

type Json = Readonly<Record<string, unknown>>;

const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"] as const satisfies readonly ReasoningEffort[];
const VERBOSITIES = ["low", "medium", "high"] as const;
/** OpenAI's default where OpenRouter's `reasoning.enabled` names no effort. */
const DEFAULT_EFFORT = "medium";

/** A chat request in no format in particular. Throws AppError `invalid_parameter` for what cannot be said in another. */
export function decodeRequest(body: ChatRequestBody): Prompt {
  const { system, messages } = decodeMessages(body.messages);
  return {
    system,
    messages,
    tools: [...(body.tools ?? []).map(decodeTool), ...(body.functions ?? []).map(decodeFunction)],
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: body.parallel_tool_calls ?? null,
    outputFormat: decodeOutputFormat(body),
    reasoning: decodeReasoning(body),
    sampling: decodeSampling(body),
    user: body.user ?? body.safety_identifier ?? null,
    metadata: decodeMetadata(body.metadata),
    verbosity: oneOf(VERBOSITIES, body.verbosity, "verbosity"),
  };
}

function decodeTool(tool: unknown, index: number): PromptTool {
  const path = `tools[${index}]`;
  const reader = createMemberReader(isRecord(tool) ? tool : {}, path);
  if (reader.text("type") !== "function") throw invalidParameter(`${path}.type`, "must be 'function' for this model.");
  return {
    ...readFunction(reader.record("function"), `${path}.function`),
    cache: cacheOf(reader.raw("cache_control")),
  };
}

const decodeFunction = (value: unknown, index: number): PromptTool =>
  readFunction(isRecord(value) ? value : null, `functions[${index}]`);

function readFunction(value: Json | null, path: string): PromptTool {
  if (!value) throw invalidParameter(path, "is required and must be an object.");
  const reader = createMemberReader(value, path);
  const name = reader.text("name");
  if (name === null || name === "") throw invalidParameter(`${path}.name`, "is required and must be a string.");
  return {
    name,
    description: reader.text("description"),
    schema: reader.record("parameters"),
    strict: reader.flag("strict"),
  };
}

function decodeToolChoice({ tool_choice, function_call }: ChatRequestBody): ToolChoice | null {
  const choice = tool_choice ?? function_call ?? null;
  if (choice === null) return null;
  if (choice === "auto" || choice === "none" || choice === "required") return { type: choice };
  const named = isRecord(choice) ? (choice["function"] ?? choice) : null;
  const name = isRecord(named) ? named["name"] : null;
  if (typeof name === "string") return { type: "tool", name };
  throw invalidParameter(
    tool_choice ? "tool_choice" : "function_call",
    "must be auto, none, required or name a function for this model.",
  );
}

function decodeOutputFormat({ response_format: format }: ChatRequestBody): OutputFormat | null {
  if (!format) return null;
  if (format.type === "text") return { type: "text" };
  if (format.type === "json_object") return { type: "json" };
  if (format.type !== "json_schema") {
    throw invalidParameter("response_format.type", "must be text, json_object or json_schema for this model.");
  }
  const path = "response_format.json_schema";
  const member = format["json_schema"];
  const reader = createMemberReader(isRecord(member) ? member : {}, path);
  const schema = reader.record("schema");
  if (!schema) throw invalidParameter(`${path}.schema`, "is required and must be an object.");
  return {
    type: "json_schema",
    name: reader.text("name") ?? "response",
    description: reader.text("description"),
    schema,
    strict: reader.flag("strict"),
  };
}

/** OpenAI's `reasoning_effort` and OpenRouter's `reasoning`, of which the more precise one goes first. */
export function decodeReasoning({
  reasoning,
  reasoning_effort,
}: Pick<ChatRequestBody, "reasoning" | "reasoning_effort">): ReasoningRequest | null {
  const own = oneOf(EFFORTS, reasoning_effort, "reasoning_effort");
  if (!reasoning) return own && { effort: own, budgetTokens: null, show: null };
  const reader = createMemberReader(reasoning, "reasoning");
  const enabled = reader.flag("enabled");
  const budgetTokens = reader.count("max_tokens", 0);
  const named = oneOf(EFFORTS, reader.text("effort"), "reasoning.effort") ?? own;
  const implied = enabled === true && budgetTokens === null ? DEFAULT_EFFORT : null;
  const effort = enabled === false ? "none" : (named ?? implied);
  const show = reader.flag("exclude") === true ? false : null;
  return { effort, budgetTokens: enabled === false ? null : budgetTokens, show };
}

function decodeSampling(body: ChatRequestBody): Sampling {
  const stop = body.stop ?? [];
  return {
    temperature: body.temperature ?? null,
    topP: body.top_p ?? null,
    topK: body.top_k ?? null,
    presencePenalty: body.presence_penalty ?? null,
    frequencyPenalty: body.frequency_penalty ?? null,
    seed: body.seed ?? null,
    stop: typeof stop === "string" ? [stop] : stop,
    logprobs: body.logprobs ?? false,
    topLogprobs: body.top_logprobs ?? null,
    choices: body.n ?? 1,
  };
}

function decodeMetadata(metadata: Json | null | undefined): Readonly<Record<string, string>> | null {
  if (!metadata) return null;
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw invalidParameter("metadata", "must hold strings only.");
    labels[name] = value;
  }
  return labels;
}

function oneOf<Name extends string>(
  names: readonly Name[],
  value: string | null | undefined,
  param: string,
): Name | null {
  if (value === null || value === undefined) return null;
  const known = names.find((name) => name === value);
  if (known === undefined) throw invalidParameter(param, `must be one of ${names.join(", ")} for this model.`);
  return known;
}

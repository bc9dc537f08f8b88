import type { EncodeRequestOptions } from "../codec.ts";
import type { OutputFormat, Prompt, PromptTool, ToolChoice } from "../prompt.ts";
import { effortOf } from "../reasoning.ts";
import { encodeMessages } from "./encode-messages.ts";

type Json = Readonly<Record<string, unknown>>;

/** Where those that speak OpenAI's format differ from OpenAI. */
export interface ChatDialect {
  readonly outputMaximumParam: "max_completion_tokens" | "max_tokens";
  /** Streamed usage must be asked for, and may be. */
  readonly asksForUsage: boolean;
  /** It wants the reasoning of earlier answers back; OpenAI refuses the member. */
  readonly takesReasoning: boolean;
}

const OPENAI: ChatDialect = { outputMaximumParam: "max_completion_tokens", asksForUsage: true, takesReasoning: false };

/** A prompt as the body of a chat completion. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions, dialect: ChatDialect = OPENAI): Json {
  const { sampling, outputFormat, reasoning, toolChoice } = prompt;
  const hasTools = prompt.tools.length > 0;
  return present({
    model: options.upstreamModel,
    messages: encodeMessages(prompt, dialect.takesReasoning),
    tools: hasTools ? prompt.tools.map(encodeTool) : null,
    // Both are refused where there are no tools.
    tool_choice: hasTools && toolChoice ? encodeToolChoice(toolChoice) : null,
    parallel_tool_calls: hasTools ? prompt.parallelToolCalls : null,
    response_format: outputFormat && encodeOutputFormat(outputFormat),
    reasoning_effort: reasoning && effortOf(reasoning),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    seed: sampling.seed,
    stop: sampling.stop.length > 0 ? sampling.stop : null,
    logprobs: sampling.logprobs || null,
    top_logprobs: sampling.logprobs ? sampling.topLogprobs : null,
    n: sampling.choices > 1 ? sampling.choices : null,
    user: prompt.user,
    verbosity: prompt.verbosity,
    [dialect.outputMaximumParam]: options.outputTokens,
    stream: options.stream || null,
    stream_options: options.stream && dialect.asksForUsage ? { include_usage: true } : null,
  });
}

const present = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

function encodeTool({ name, description, schema, strict }: PromptTool): Json {
  return { type: "function", function: present({ name, description, parameters: schema, strict }) };
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return choice.type === "tool" ? { type: "function", function: { name: choice.name } } : choice.type;
}

function encodeOutputFormat(format: OutputFormat): Json | null {
  if (format.type !== "json_schema") return format.type === "json" ? { type: "json_object" } : null;
  const { name, description, schema, strict } = format;
  return { type: "json_schema", json_schema: present({ name, description, schema, strict }) };
}

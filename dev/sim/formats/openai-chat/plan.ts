import type { Directives } from "../../directives.ts";
import { generateTokens, tokenFrom } from "../../text.ts";
import { splitTokens } from "../../tokens.ts";
import type { ChatUsage } from "./flavours.ts";
import type { PromptTokens } from "./prompt.ts";
import type { ChatRequest, ChatTool } from "./request.ts";
import { sampleSchema } from "./sample-schema.ts";

interface PlannedToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentTokens: readonly string[];
}

export interface PlannedChoice {
  readonly index: number;
  readonly tokens: readonly string[];
  readonly toolCall: PlannedToolCall | null;
  readonly reasoningTokens: readonly string[];
  readonly finish: "stop" | "length" | "tool_calls";
}

/** What will be answered, before any provider's shape. `usage` is null when a directive withholds it. */
export interface ChatPlan {
  readonly model: string;
  readonly seed: number;
  readonly choices: readonly PlannedChoice[];
  readonly usage: ChatUsage | null;
  /** The number of alternatives for each token; null without logprobs. */
  readonly topLogprobs: number | null;
}

const DEFAULT_TOKENS_MIN = 12;
const DEFAULT_TOKENS_SPREAD = 24;

/** Decides text, tool calls, finish and usage from the request, its directives and the prompt's seed: no clock, no chance. */
export function planChat(request: ChatRequest, prompt: PromptTokens, directives: Directives, seed: number): ChatPlan {
  const choices = Array.from({ length: request.n ?? 1 }, (_, index) =>
    planChoice(request, directives, index, (seed + Math.imul(index, 0x9e3779b1)) >>> 0),
  );
  return {
    model: request.model,
    seed,
    choices,
    usage: directives.no_usage ? null : planUsage(choices, prompt, directives),
    topLogprobs: request.logprobs === true ? (request.top_logprobs ?? 0) : null,
  };
}

function planChoice(request: ChatRequest, directives: Directives, index: number, seed: number): PlannedChoice {
  const maximum =
    directives.overrun === undefined ? (request.max_completion_tokens ?? request.max_tokens ?? Infinity) : Infinity;
  const reasoningTokens = generateTokens(seed ^ 0xa5a5, Math.min(directives.reasoning ?? 0, maximum));
  const room = maximum - reasoningTokens.length;
  const base = { index, reasoningTokens };
  if (directives.empty) return { ...base, tokens: [], toolCall: null, finish: "stop" };

  const tool = chooseTool(request, directives);
  if (tool !== null) {
    const wanted = splitTokens(JSON.stringify(sampleSchema(tool.function.parameters, seed)));
    const toolCall = { id: tokenFrom(seed, 24), name: tool.function.name, argumentTokens: wanted.slice(0, room) };
    // OpenAI finishes with `stop` when the request named the function, with `tool_calls` when the model chose it.
    const whole = typeof request.tool_choice === "object" && request.tool_choice !== null ? "stop" : "tool_calls";
    return { ...base, tokens: [], toolCall, finish: wanted.length > room ? "length" : whole };
  }
  const wanted = stopAt(chooseText(request, directives, seed), request.stop ?? []);
  return { ...base, tokens: wanted.slice(0, room), toolCall: null, finish: wanted.length > room ? "length" : "stop" };
}

function chooseTool(request: ChatRequest, directives: Directives): ChatTool | null {
  const named = typeof request.tool_choice === "object" ? request.tool_choice?.function.name : undefined;
  const name = directives.tool ?? named;
  if (name !== undefined) return request.tools?.find((tool) => tool.function.name === name) ?? null;
  if (request.tool_choice !== "required" && request.tool_choice !== "any") return null;
  return request.tools?.[0] ?? null;
}

function chooseText(request: ChatRequest, directives: Directives, seed: number): string[] {
  const format = request.response_format;
  if (format?.type === "json_schema" && "json_schema" in format) {
    const { json_schema: wrapper } = format;
    const schema = typeof wrapper === "object" && wrapper !== null && "schema" in wrapper ? wrapper.schema : {};
    return splitTokens(JSON.stringify(sampleSchema(schema, seed)));
  }
  if (format?.type === "json_object") {
    return splitTokens(JSON.stringify({ answer: generateTokens(seed, DEFAULT_TOKENS_MIN).join("") }));
  }
  const byDefault = DEFAULT_TOKENS_MIN + (seed % DEFAULT_TOKENS_SPREAD);
  return generateTokens(seed, directives.overrun ?? directives.tokens ?? byDefault);
}

function stopAt(tokens: string[], stop: string | readonly string[]): string[] {
  const stops = (typeof stop === "string" ? [stop] : stop).filter((text) => text !== "");
  if (stops.length === 0) return tokens;
  const text = tokens.join("");
  const ends = stops.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  return ends.length === 0 ? tokens : splitTokens(text.slice(0, Math.min(...ends)));
}

function planUsage(choices: readonly PlannedChoice[], prompt: PromptTokens, directives: Directives): ChatUsage {
  if (directives.zero_usage) return { prompt: 0, completion: 0, reasoning: 0, cached: 0, promptAudio: 0 };
  const sum = (count: (choice: PlannedChoice) => number) => choices.reduce((total, choice) => total + count(choice), 0);
  const reasoning = sum((choice) => choice.reasoningTokens.length);
  const visible = sum(({ tokens, toolCall }) =>
    toolCall === null ? tokens.length : splitTokens(toolCall.name).length + toolCall.argumentTokens.length,
  );
  const promptTokens = directives.usage_input ?? prompt.total;
  const completion = directives.usage_output ?? reasoning + visible;
  return {
    prompt: promptTokens,
    completion,
    reasoning: Math.min(reasoning, completion),
    cached: Math.min(directives.cached ?? 0, promptTokens),
    promptAudio: prompt.audio,
  };
}

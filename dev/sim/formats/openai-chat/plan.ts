import type { Directives } from "../../directives.ts";
import { generateTokens, tokenFrom } from "../../text.ts";
import { splitTokens } from "../../tokens.ts";
import type { ChatUsage } from "./flavours.ts";
import type { PromptTokens } from "./prompt.ts";
import type { ChatRequest, ChatTool } from "./request.ts";
import { sampleSchema } from "./sample-schema.ts";

export interface PlannedToolCall {
  readonly id: string;
  readonly name: string;
  readonly argumentTokens: readonly string[];
}

export interface PlannedChoice {
  readonly index: number;
  readonly tokens: readonly string[];
  readonly toolCalls: readonly PlannedToolCall[];
  /** The tokens are the model's words of refusal. */
  readonly refused: boolean;
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
const REFUSAL = "I'm sorry, but I can't help with that.";

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
  const base = { index, reasoningTokens, toolCalls: [], refused: false };
  if (directives.empty) return { ...base, tokens: [], finish: "stop" };
  if (directives.refuse) return { ...base, tokens: splitTokens(REFUSAL).slice(0, room), refused: true, finish: "stop" };

  const tools = chooseTools(request, directives);
  if (tools.length > 0) {
    const { toolCalls, cut } = planCalls(tools, room, seed);
    // OpenAI finishes with `stop` when the request named the function, with `tool_calls` when the model chose it.
    const whole = typeof request.tool_choice === "object" && request.tool_choice !== null ? "stop" : "tool_calls";
    return { ...base, tokens: [], toolCalls, finish: cut ? "length" : whole };
  }
  const wanted = stopAt(chooseText(request, directives, seed), request.stop ?? []);
  return { ...base, tokens: wanted.slice(0, room), finish: wanted.length > room ? "length" : "stop" };
}

/** The tools to call, in order; several by directive, unless the request wants them one by one. */
function chooseTools(request: ChatRequest, directives: Directives): ChatTool[] {
  const tools = request.tools ?? [];
  const named = typeof request.tool_choice === "object" ? request.tool_choice?.function.name : undefined;
  const forced = named !== undefined || request.tool_choice === "required" || request.tool_choice === "any";
  // Calls that a directive asked for are made once: what follows their results is text.
  const answered = request.messages.at(-1)?.role === "tool";
  const asked = !answered && (directives.tool !== undefined || directives.calls !== undefined);
  if (tools.length === 0 || request.tool_choice === "none" || (!asked && !forced)) return [];
  const name = directives.tool ?? named;
  const first = Math.max(
    0,
    tools.findIndex((tool) => tool.function.name === name),
  );
  const count = request.parallel_tool_calls === false ? 1 : (directives.calls ?? 1);
  return Array.from({ length: count }, (_, call) => tools[(first + call) % tools.length]).filter(
    (tool) => tool !== undefined,
  );
}

function planCalls(tools: readonly ChatTool[], maximum: number, seed: number) {
  const toolCalls: PlannedToolCall[] = [];
  let room = maximum;
  for (const [at, tool] of tools.entries()) {
    const wanted = splitTokens(JSON.stringify(sampleSchema(tool.function.parameters, seed + at)));
    const argumentTokens = wanted.slice(0, room);
    toolCalls.push({ id: tokenFrom(seed + at, 24), name: tool.function.name, argumentTokens });
    if (wanted.length > room) return { toolCalls, cut: true };
    room -= wanted.length;
  }
  return { toolCalls, cut: false };
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
  const visible = sum(({ tokens, toolCalls }) =>
    toolCalls.reduce(
      (total, call) => total + splitTokens(call.name).length + call.argumentTokens.length,
      tokens.length,
    ),
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

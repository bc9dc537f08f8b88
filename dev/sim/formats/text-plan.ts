import type { Directives } from "../directives.ts";
import { invalidRequest, type Refusal } from "../format.ts";
import { generateTokens, tokenFrom } from "../text.ts";
import { splitTokens } from "../tokens.ts";
import { sampleSchema } from "./openai-chat/sample-schema.ts";

/** A tool as a request describes it: its name and the JSON schema of its arguments. */
export interface WishedTool {
  readonly name: string;
  readonly schema: unknown;
}

/** What a request wants, without any format's shape. */
export interface TextWish {
  readonly maximumTokens: number | null;
  readonly stops: readonly string[];
  readonly tools: readonly WishedTool[];
  /** `required`: some tool; a name: this one. */
  readonly toolChoice:
    | { readonly type: "auto" | "none" | "required" }
    | { readonly type: "tool"; readonly name: string };
  readonly output: { readonly type: "text" | "json" } | { readonly type: "schema"; readonly schema: unknown };
}

export interface PlannedCall {
  /** 24 letters and digits; each format puts its own prefix before them. */
  readonly id: string;
  readonly name: string;
  /** The arguments' JSON. A maximum may have cut it. */
  readonly argumentTokens: readonly string[];
}

/** What will be answered, without any format's shape. */
export interface TextPlan {
  readonly seed: number;
  readonly reasoningTokens: readonly string[];
  readonly tokens: readonly string[];
  readonly calls: readonly PlannedCall[];
  readonly end: "stop" | "stop-sequence" | "length" | "tool-calls" | "refusal";
  readonly stopSequence: string | null;
}

export interface PlannedUsage {
  /** All of the prompt, what came from a cache included. */
  readonly prompt: number;
  readonly cached: number;
  /** All that was made, reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

const DEFAULT_TOKENS_MIN = 12;
const DEFAULT_TOKENS_SPREAD = 24;
const REFUSED_AFTER_TOKENS = 4;

/** The refusal of a `tool` directive that names none of the request's tools. */
export function checkToolDirective(wish: TextWish, { tool }: Directives): Refusal | null {
  if (tool === undefined || wish.tools.some(({ name }) => name === tool)) return null;
  return invalidRequest(`sim directive tool: the request has no tool '${tool}'`, "tools");
}

/** Decides text, tool calls, reasoning and end from the wish, the directives and the prompt's seed: no clock, no chance. */
export function planText(wish: TextWish, directives: Directives, seed: number): TextPlan {
  const maximum = directives.overrun === undefined ? (wish.maximumTokens ?? Infinity) : Infinity;
  const reasoningTokens = generateTokens(seed ^ 0xa5a5, Math.min(directives.reasoning ?? 0, maximum));
  const base = { seed, reasoningTokens, tokens: [], calls: [], stopSequence: null };
  const room = maximum - reasoningTokens.length;
  if (directives.empty) return { ...base, end: "stop" };
  if (directives.refuse) {
    return { ...base, tokens: generateTokens(seed, Math.min(REFUSED_AFTER_TOKENS, room)), end: "refusal" };
  }
  const tools = chooseTools(wish, directives);
  if (tools.length > 0) return { ...base, ...planCalls(tools, seed, room) };

  const wanted = chooseText(wish, directives, seed);
  const stopped = stopAt(wanted, wish.stops);
  const tokens = stopped.tokens.slice(0, room);
  if (stopped.tokens.length > room) return { ...base, tokens, end: "length" };
  const { stopSequence } = stopped;
  return { ...base, tokens, stopSequence, end: stopSequence === null ? "stop" : "stop-sequence" };
}

/** Tokens that the plan used, or what the directives say instead; null when they withhold it. */
export function planUsage(
  plans: readonly TextPlan[],
  promptTokens: number,
  directives: Directives,
): PlannedUsage | null {
  if (directives.no_usage) return null;
  if (directives.zero_usage) return { prompt: 0, cached: 0, output: 0, reasoning: 0 };
  const reasoning = plans.reduce((sum, plan) => sum + plan.reasoningTokens.length, 0);
  const visible = plans.reduce((sum, plan) => sum + countVisible(plan), 0);
  const prompt = directives.usage_input ?? promptTokens;
  const output = directives.usage_output ?? reasoning + visible;
  return { prompt, cached: Math.min(directives.cached ?? 0, prompt), output, reasoning: Math.min(reasoning, output) };
}

/** The tokens of a plan that a reader sees: text, and name and arguments of each call. */
function countVisible({ tokens, calls }: TextPlan): number {
  const called = calls.map((call) => splitTokens(call.name).length + call.argumentTokens.length);
  return called.reduce((sum, count) => sum + count, tokens.length);
}

/** Arguments as a value. Null when a maximum cut them in their middle. */
export function readArguments(call: PlannedCall): unknown {
  try {
    return JSON.parse(call.argumentTokens.join(""));
  } catch {
    return null;
  }
}

function chooseTools({ tools, toolChoice }: TextWish, directives: Directives): WishedTool[] {
  if (toolChoice.type === "none" || tools.length === 0) return [];
  const named = directives.tool ?? (toolChoice.type === "tool" ? toolChoice.name : undefined);
  const first = named === undefined ? 0 : tools.findIndex(({ name }) => name === named);
  const wanted = named !== undefined || toolChoice.type === "required" || directives.calls !== undefined;
  if (!wanted || first < 0) return [];
  const count = directives.calls ?? 1;
  return Array.from({ length: count }, (_, at) => tools[(first + at) % tools.length]).filter(
    (tool) => tool !== undefined,
  );
}

function planCalls(tools: readonly WishedTool[], seed: number, room: number): Pick<TextPlan, "calls" | "end"> {
  const calls: PlannedCall[] = [];
  let left = room;
  for (const [at, { name, schema }] of tools.entries()) {
    const own = (seed + Math.imul(at, 0x9e3779b1)) >>> 0;
    const wanted = splitTokens(JSON.stringify(sampleSchema(schema, own)));
    calls.push({ id: tokenFrom(own, 24), name, argumentTokens: wanted.slice(0, left) });
    if (wanted.length > left) return { calls, end: "length" };
    left -= wanted.length;
  }
  return { calls, end: "tool-calls" };
}

function chooseText({ output }: TextWish, directives: Directives, seed: number): string[] {
  if (output.type === "schema") return splitTokens(JSON.stringify(sampleSchema(output.schema, seed)));
  if (output.type === "json") {
    return splitTokens(JSON.stringify({ answer: generateTokens(seed, DEFAULT_TOKENS_MIN).join("") }));
  }
  const byDefault = DEFAULT_TOKENS_MIN + (seed % DEFAULT_TOKENS_SPREAD);
  return generateTokens(seed, directives.overrun ?? directives.tokens ?? byDefault);
}

function stopAt(tokens: string[], stops: readonly string[]): { tokens: string[]; stopSequence: string | null } {
  const text = tokens.join("");
  let end = Infinity;
  let stopSequence: string | null = null;
  for (const stop of stops) {
    const at = stop === "" ? -1 : text.indexOf(stop);
    if (at < 0 || at >= end) continue;
    end = at;
    stopSequence = stop;
  }
  return stopSequence === null ? { tokens, stopSequence } : { tokens: splitTokens(text.slice(0, end)), stopSequence };
}

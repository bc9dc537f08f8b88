import type { Directives } from "../../directives.ts";
import { generateTokens, tokenFrom } from "../../text.ts";
import { splitTokens } from "../../tokens.ts";
import { sampleSchema } from "../openai-chat/sample-schema.ts";
import type { FunctionTool, ResponsesRequest } from "./request.ts";

const DEFAULT_TOKENS_MIN = 12;
const DEFAULT_TOKENS_SPREAD = 24;
const DEFAULT_REASONING_TOKENS = 8;
const REFUSAL = "I'm sorry, but I can't help with that.";

export type PlannedItem =
  | { readonly type: "reasoning"; readonly tokens: readonly string[] }
  | { readonly type: "web_search_call"; readonly query: string }
  | { readonly type: "message"; readonly refusal: boolean; readonly tokens: readonly string[]; readonly cut: boolean }
  | {
      readonly type: "function_call";
      readonly callId: string;
      readonly name: string;
      readonly tokens: readonly string[];
      readonly cut: boolean;
    };

export interface ResponseUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** What will be answered. `usage` is null when a directive withholds it. */
export interface ResponsePlan {
  readonly seed: number;
  readonly items: readonly PlannedItem[];
  readonly incomplete: boolean;
  readonly usage: ResponseUsage | null;
}

/** Decides items, status and usage from the request, its directives and the prompt's seed: no clock, no chance. */
export function planResponse(
  request: ResponsesRequest,
  promptTokens: number,
  directives: Directives,
  seed: number,
): ResponsePlan {
  const wanted = directives.empty ? [] : [...wantedItems(request, directives, seed)];
  const maximum = directives.overrun === undefined ? (request.max_output_tokens ?? Infinity) : Infinity;
  const { items, incomplete } = cutAt(wanted, maximum);
  return { seed, items, incomplete, usage: directives.no_usage ? null : planUsage(items, promptTokens, directives) };
}

function* wantedItems(request: ResponsesRequest, directives: Directives, seed: number): Generator<PlannedItem> {
  const effort = request.reasoning?.effort;
  const byDefault = effort && effort !== "none" ? DEFAULT_REASONING_TOKENS : 0;
  const reasoning = directives.reasoning ?? byDefault;
  if (reasoning > 0) yield { type: "reasoning", tokens: generateTokens(seed ^ 0xa5a5, reasoning) };
  for (let search = 0; search < (directives.searches ?? 0); search++) {
    yield { type: "web_search_call", query: generateTokens(seed + search, 4).join("") };
  }
  const calls = directives.refuse ? [] : [...functionCalls(request, directives, seed)];
  if (calls.length === 0 || directives.tokens !== undefined) {
    const tokens = directives.refuse ? splitTokens(REFUSAL) : chooseText(request, directives, seed);
    yield { type: "message", refusal: directives.refuse ?? false, tokens, cut: false };
  }
  yield* calls;
}

function* functionCalls(request: ResponsesRequest, directives: Directives, seed: number): Generator<PlannedItem> {
  const tools = request.tools.filter((tool): tool is FunctionTool => tool.type === "function");
  const choice = request.tool_choice;
  if (tools.length === 0 || choice === "none") return;
  const named = typeof choice === "object" && choice !== null && "name" in choice ? choice.name : undefined;
  const forced = choice === "required" || named !== undefined || allowedMode(choice) === "required";
  // Calls that a directive asked for are made once: what follows their results is text.
  const answered = request.items.at(-1)?.type === "function_call_output";
  const asked = !answered && (directives.tool !== undefined || directives.calls !== undefined);
  if (!asked && !forced) return;
  const name = directives.tool ?? named ?? tools[0]?.name;
  const first = Math.max(
    0,
    tools.findIndex((tool) => tool.name === name),
  );
  const count = request.parallel_tool_calls === false ? 1 : (directives.calls ?? 1);
  for (let call = 0; call < count; call++) {
    const tool = tools[(first + call) % tools.length];
    if (tool === undefined) return;
    const tokens = splitTokens(JSON.stringify(sampleSchema(tool.parameters, seed + call)));
    yield {
      type: "function_call",
      callId: `call_${tokenFrom(seed + call, 24)}`,
      name: tool.name,
      tokens,
      cut: false,
    };
  }
}

const allowedMode = (choice: ResponsesRequest["tool_choice"]) =>
  typeof choice === "object" && choice !== null && "mode" in choice ? choice.mode : null;

function chooseText(request: ResponsesRequest, directives: Directives, seed: number): string[] {
  const format = request.text?.format;
  if (format?.type === "json_schema") return splitTokens(JSON.stringify(sampleSchema(format.schema, seed)));
  if (format?.type === "json_object") {
    return splitTokens(JSON.stringify({ answer: generateTokens(seed, DEFAULT_TOKENS_MIN).join("") }));
  }
  const byDefault = DEFAULT_TOKENS_MIN + (seed % DEFAULT_TOKENS_SPREAD);
  return generateTokens(seed, directives.overrun ?? directives.tokens ?? byDefault);
}

/** Reasoning counts against the maximum too. */
function cutAt(wanted: readonly PlannedItem[], maximum: number) {
  const items: PlannedItem[] = [];
  let room = maximum;
  for (const item of wanted) {
    const cost = costOf(item);
    if (room <= 0 && cost > 0) return { items, incomplete: true };
    if (cost > room && "tokens" in item) {
      const tokens = item.tokens.slice(0, Math.max(0, room - (cost - item.tokens.length)));
      items.push(item.type === "reasoning" ? { ...item, tokens } : { ...item, tokens, cut: true });
      return { items, incomplete: true };
    }
    items.push(item);
    room -= cost;
  }
  return { items, incomplete: false };
}

function costOf(item: PlannedItem): number {
  if (item.type === "web_search_call") return 0;
  return item.tokens.length + (item.type === "function_call" ? splitTokens(item.name).length : 0);
}

function planUsage(items: readonly PlannedItem[], promptTokens: number, directives: Directives): ResponseUsage {
  if (directives.zero_usage) return { input: 0, cached: 0, output: 0, reasoning: 0 };
  const sum = (counted: readonly PlannedItem[]) => counted.reduce((total, item) => total + costOf(item), 0);
  const input = directives.usage_input ?? promptTokens;
  const output = directives.usage_output ?? sum(items);
  return {
    input,
    cached: Math.min(directives.cached ?? 0, input),
    output,
    reasoning: Math.min(sum(items.filter(({ type }) => type === "reasoning")), output),
  };
}

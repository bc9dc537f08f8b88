import type { Directives } from "../../directives.ts";
import { generateTokens, tokenFrom } from "../../text.ts";
import { splitTokens } from "../../tokens.ts";
import { sampleSchema } from "../openai-chat/sample-schema.ts";
import { type CacheUse, steerCache } from "./prompt.ts";
import type { MessagesRequest } from "./request.ts";
import { blocksOf } from "./rules.ts";

const DEFAULT_TOKENS_MIN = 12;
const DEFAULT_TOKENS_SPREAD = 24;
const DEFAULT_THINKING_TOKENS = 10;

export type PlannedBlock =
  | { readonly type: "thinking"; readonly tokens: readonly string[]; readonly omitted: boolean }
  | { readonly type: "redacted_thinking"; readonly tokens: readonly string[] }
  | { readonly type: "text"; readonly tokens: readonly string[] }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly tokens: readonly string[] };

export interface MessageUsage extends CacheUse {
  /** Without what was read from the cache or written to it. */
  readonly input: number;
  readonly output: number;
  readonly thinking: number;
  readonly searches: number;
}

/** What will be answered. `usage` is null when a directive withholds it. */
export interface MessagePlan {
  readonly model: string;
  readonly seed: number;
  readonly blocks: readonly PlannedBlock[];
  readonly stopReason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal";
  readonly stopSequence: string | null;
  readonly usage: MessageUsage | null;
}

/** Decides blocks, stop reason and usage from the request, its directives, the cache and the prompt's seed. */
export function planMessage(
  request: MessagesRequest,
  promptTokens: number,
  cacheUse: CacheUse,
  directives: Directives,
  seed: number,
): MessagePlan {
  const wanted = directives.refuse || directives.empty ? [] : [...wantedBlocks(request, directives, seed)];
  const stopped = stopAt(wanted, request.stop_sequences ?? []);
  const maximum = directives.overrun === undefined ? request.max_tokens : Infinity;
  const { blocks, cut } = cutAt(stopped.blocks, maximum);
  return {
    model: request.model,
    seed,
    blocks,
    stopReason: directives.refuse ? "refusal" : stopReasonOf(blocks, cut, stopped.sequence),
    stopSequence: cut ? null : stopped.sequence,
    usage: directives.no_usage ? null : planUsage(blocks, promptTokens, steerCache(cacheUse, directives), directives),
  };
}

function stopReasonOf(blocks: readonly PlannedBlock[], cut: boolean, sequence: string | null) {
  if (cut) return "max_tokens";
  if (sequence !== null) return "stop_sequence";
  return blocks.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
}

function* wantedBlocks(request: MessagesRequest, directives: Directives, seed: number): Generator<PlannedBlock> {
  const { thinking } = request;
  const thinks = thinking !== undefined && thinking !== null && thinking.type !== "disabled";
  const thinkingTokens = directives.reasoning ?? (thinks ? DEFAULT_THINKING_TOKENS : 0);
  if (thinkingTokens > 0) {
    const tokens = generateTokens(seed ^ 0xa5a5, thinkingTokens);
    const omitted = thinks && "display" in thinking && thinking.display === "omitted";
    yield directives.redacted ? { type: "redacted_thinking", tokens } : { type: "thinking", tokens, omitted };
  }
  const calls = [...toolCalls(request, directives, seed)];
  if (calls.length === 0 || directives.tokens !== undefined) {
    yield { type: "text", tokens: chooseText(request, directives, seed) };
  }
  yield* calls;
}

function* toolCalls(request: MessagesRequest, directives: Directives, seed: number): Generator<PlannedBlock> {
  const custom = (request.tools ?? []).filter((tool) => "input_schema" in tool);
  const choice = request.tool_choice;
  // Calls that a directive asked for are made once: what follows their results is text.
  const answered = request.messages.slice(-1).some((last) => blocksOf(last)[0]?.type === "tool_result");
  const asked = !answered && (directives.tool !== undefined || directives.calls !== undefined);
  if (custom.length === 0 || choice?.type === "none") return;
  if (!asked && choice?.type !== "any" && choice?.type !== "tool") return;
  const name = directives.tool ?? (choice?.type === "tool" ? choice.name : custom[0]?.name);
  const first = Math.max(
    0,
    custom.findIndex((tool) => tool.name === name),
  );
  const alone = choice && "disable_parallel_tool_use" in choice && choice.disable_parallel_tool_use === true;
  for (let call = 0; call < (alone ? 1 : (directives.calls ?? 1)); call++) {
    const tool = custom[(first + call) % custom.length];
    if (tool === undefined) return;
    const input = JSON.stringify(sampleSchema(tool.input_schema, seed + call));
    // A tool without arguments gets an object that is not even sent in a stream.
    const tokens = input === "{}" ? [] : splitTokens(input);
    yield { type: "tool_use", id: `toolu_01${tokenFrom(seed + call, 22)}`, name: tool.name, tokens };
  }
}

function chooseText(request: MessagesRequest, directives: Directives, seed: number): string[] {
  const schema = request.output_config?.format?.schema;
  if (schema !== undefined) return splitTokens(JSON.stringify(sampleSchema(schema, seed)));
  const byDefault = DEFAULT_TOKENS_MIN + (seed % DEFAULT_TOKENS_SPREAD);
  return generateTokens(seed, directives.overrun ?? directives.tokens ?? byDefault);
}

function stopAt(blocks: readonly PlannedBlock[], stops: readonly string[]) {
  for (const [at, block] of blocks.entries()) {
    if (block.type !== "text") continue;
    const text = block.tokens.join("");
    const found = stops.map((sequence) => ({ sequence, at: text.indexOf(sequence) })).filter((stop) => stop.at >= 0);
    const [first] = found.toSorted((one, other) => one.at - other.at);
    if (first === undefined) continue;
    const kept: PlannedBlock = { type: "text", tokens: splitTokens(text.slice(0, first.at)) };
    return { blocks: [...blocks.slice(0, at), kept], sequence: first.sequence };
  }
  return { blocks, sequence: null };
}

/** Thinking counts against the maximum too. */
function cutAt(wanted: readonly PlannedBlock[], maximum: number) {
  const blocks: PlannedBlock[] = [];
  let room = maximum;
  for (const block of wanted) {
    if (room <= 0) return { blocks, cut: true };
    const cost = costOf(block);
    if (cost > room) {
      blocks.push({ ...block, tokens: block.tokens.slice(0, Math.max(0, room - (cost - block.tokens.length))) });
      return { blocks, cut: true };
    }
    blocks.push(block);
    room -= cost;
  }
  return { blocks, cut: false };
}

const costOf = (block: PlannedBlock) =>
  block.tokens.length + (block.type === "tool_use" ? splitTokens(block.name).length : 0);

function planUsage(
  blocks: readonly PlannedBlock[],
  promptTokens: number,
  cacheUse: CacheUse,
  directives: Directives,
): MessageUsage {
  if (directives.zero_usage) {
    return { input: 0, output: 0, thinking: 0, read: 0, written5m: 0, written1h: 0, searches: 0 };
  }
  const sum = (counted: readonly PlannedBlock[]) => counted.reduce((total, block) => total + costOf(block), 0);
  const output = directives.usage_output ?? sum(blocks);
  const prompt = directives.usage_input ?? promptTokens;
  const read = Math.max(0, Math.min(cacheUse.read, prompt));
  const written5m = Math.max(0, Math.min(cacheUse.written5m, prompt - read));
  const written1h = Math.max(0, Math.min(cacheUse.written1h, prompt - read - written5m));
  return {
    input: prompt - read - written5m - written1h,
    output,
    thinking: Math.min(sum(blocks.filter(({ type }) => type.endsWith("thinking"))), output),
    read,
    written5m,
    written1h,
    searches: directives.searches ?? 0,
  };
}

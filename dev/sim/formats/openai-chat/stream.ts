import type { Identity } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import type { ChatFlavour, ChatUsage } from "./flavours.ts";
import { makeChatId } from "./id.ts";
import { makeLogprobs } from "./logprobs.ts";
import type { ChatPlan, PlannedChoice, PlannedToolCall } from "./plan.ts";

export interface StreamOptions {
  readonly includeUsage: boolean;
  readonly includeObfuscation: boolean;
}

type Fields = Record<string, unknown>;

const OBFUSCATED_WIDTH = 10;
const GROQ_SEEDS = 2 ** 31;

/** The chunks of a streamed completion. All but id and time is encoded once, so that a repeated request costs a join. */
export function streamTemplate(plan: ChatPlan, flavour: ChatFlavour, options: StreamOptions) {
  const tails = [...chunkFields(plan, flavour, options)].map(
    (fields, at) => `,${JSON.stringify(obfuscate(fields, flavour, options, plan.seed + at)).slice(1)}`,
  );
  const model = JSON.stringify(plan.model);
  return ({ number, createdSeconds }: Identity): string[] => {
    const head = `{"id":"${makeChatId(flavour.id, number)}","object":"chat.completion.chunk","created":${createdSeconds},"model":${model}`;
    return tails.map((tail) => head + tail);
  };
}

function* chunkFields(plan: ChatPlan, flavour: ChatFlavour, options: StreamOptions): Generator<Fields> {
  const common: Fields = {
    ...(flavour.serviceTier === null ? {} : { service_tier: flavour.serviceTier }),
    ...(flavour.fingerprint === null ? {} : { system_fingerprint: flavour.fingerprint }),
  };
  const noUsageYet = options.includeUsage && flavour.usageAt === "asked-chunk" ? { usage: null } : {};
  const isRunning = options.includeUsage && flavour.usageAt === "every-chunk";
  const groqId = `req_${tokenFrom(plan.seed, 26)}`;
  const usage = plan.usage === null ? null : flavour.usage(plan.usage);

  const deltas = interleave(plan.choices.map((choice) => [...choiceDeltas(choice, plan, flavour)]));
  for (const [at, choice] of deltas.entries()) {
    const fields: Fields = { ...common, choices: [choice], ...noUsageYet };
    if (isRunning && plan.usage !== null) fields["usage"] = flavour.usage(countedSoFar(plan.usage, at));
    if (flavour.xGroq && at === 0) fields["x_groq"] = { id: groqId, seed: plan.seed % GROQ_SEEDS };
    if (flavour.usageAt === "finish-chunk" && at === deltas.length - 1 && usage !== null) {
      if (flavour.xGroq) fields["x_groq"] = { id: groqId, usage };
      fields["usage"] = usage;
    }
    yield fields;
  }
  const isAsked = options.includeUsage && (flavour.usageAt === "asked-chunk" || isRunning);
  const ownChunk = flavour.usageAt === "own-chunk" || isAsked;
  if (ownChunk && usage !== null) yield { ...common, choices: [], usage };
}

const countedSoFar = (usage: ChatUsage, made: number): ChatUsage => ({
  ...usage,
  completion: Math.min(usage.completion, made),
  reasoning: Math.min(usage.reasoning, made),
});

/** Choices are generated side by side, so their chunks come in turn. */
function interleave(lanes: readonly (readonly Fields[])[]): Fields[] {
  const longest = Math.max(...lanes.map((lane) => lane.length));
  return Array.from({ length: longest }, (_, step) => lanes.flatMap((lane) => lane.slice(step, step + 1))).flat();
}

function* choiceDeltas(choice: PlannedChoice, plan: ChatPlan, flavour: ChatFlavour): Generator<Fields> {
  const chunk = (delta: Fields, tokens: readonly string[] | null = null, finish: string | null = null): Fields => {
    const logprobs = plan.topLogprobs === null || tokens === null ? null : makeLogprobs(tokens, plan.topLogprobs);
    return flavour.choiceOrder === "finish-first"
      ? { index: choice.index, delta, finish_reason: finish, logprobs }
      : { index: choice.index, delta, logprobs, finish_reason: finish };
  };
  if (choice.toolCalls.length === 0 || flavour.toolCalls === "whole") yield chunk(roleDelta(choice, flavour));
  if (flavour.reasoningShown) {
    for (const token of choice.reasoningTokens) yield chunk({ reasoning_content: token });
  }
  // Only OpenAI has a field for words of refusal.
  if (choice.refused && flavour.obfuscation) for (const token of choice.tokens) yield chunk({ refusal: token });
  else for (const token of choice.tokens) yield chunk({ content: token }, [token]);
  for (const delta of toolDeltas(choice, flavour)) yield chunk(delta);
  yield chunk(lastDelta(choice, flavour), null, choice.finish);
}

function roleDelta(choice: PlannedChoice, flavour: ChatFlavour): Fields {
  const content = choice.toolCalls.length === 0 ? "" : null;
  return { role: "assistant", content, ...(flavour.obfuscation ? { refusal: null } : {}) };
}

function lastDelta(choice: PlannedChoice, flavour: ChatFlavour): Fields {
  if (flavour.toolCalls !== "mistral") return {};
  return choice.toolCalls.length === 0 ? { content: "" } : { index: choice.index, content: "" };
}

function* toolDeltas(choice: PlannedChoice, flavour: ChatFlavour): Generator<Fields> {
  for (const [index, call] of choice.toolCalls.entries()) {
    if (flavour.toolCalls === "whole") yield wholeCallDelta(call, index);
    else if (flavour.toolCalls === "mistral") yield* mistralCallDeltas(call, index, choice.index);
    else yield* callDeltas(call, index, flavour);
  }
}

const wholeCallDelta = ({ id, name, argumentTokens }: PlannedToolCall, index: number): Fields => {
  const whole = { name, arguments: argumentTokens.join("") };
  return { tool_calls: [{ id: id.slice(0, 9), type: "function", function: whole, index }] };
};

function* mistralCallDeltas(call: PlannedToolCall, index: number, choice: number): Generator<Fields> {
  const delta = (fields: Fields) => ({ tool_calls: [fields], index: choice, content: "" });
  const id = `chatcmpl-tool-${call.id.slice(0, 16)}`;
  yield delta({ id, type: "function", function: { name: call.name, arguments: "" }, index });
  for (const token of call.argumentTokens) {
    yield delta({ type: "function", function: { name: "", arguments: token }, index });
  }
}

function* callDeltas(call: PlannedToolCall, index: number, flavour: ChatFlavour): Generator<Fields> {
  const first = { index, id: `call_${call.id}`, type: "function", function: { name: call.name, arguments: "" } };
  const role = index === 0 ? { role: "assistant", content: null } : {};
  yield { ...role, tool_calls: [first], ...(flavour.obfuscation && index === 0 ? { refusal: null } : {}) };
  for (const token of call.argumentTokens) yield { tool_calls: [{ index, function: { arguments: token } }] };
}

/** OpenAI pads every chunk, so that sizes on the wire do not give the tokens away. */
function obfuscate(fields: Fields, flavour: ChatFlavour, options: StreamOptions, seed: number): Fields {
  if (!flavour.obfuscation || !options.includeObfuscation) return fields;
  return { ...fields, obfuscation: tokenFrom(seed, 1 + ((OBFUSCATED_WIDTH + seed) % OBFUSCATED_WIDTH)) };
}

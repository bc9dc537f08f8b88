import { tokenFrom } from "../../text.ts";
import { sealThinking, signThinking } from "../anthropic-messages/signature.ts";
import { type PlannedCall, readArguments, type TextPlan } from "../text-plan.ts";
import type { ConversePlan } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

const LATENCY_MS = 7;
/** The longest text that pads an event, so that sizes on the wire do not give the tokens away. */
const PADDING_MAX = 26;

const STOP_REASONS: Readonly<Record<TextPlan["end"], string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "tool-calls": "tool_use",
  refusal: "content_filtered",
};

/** The body of Converse. */
export function renderConverse(plan: ConversePlan): string {
  return JSON.stringify({
    metrics: { latencyMs: LATENCY_MS },
    output: { message: { content: contentOf(plan), role: "assistant" } },
    stopReason: STOP_REASONS[plan.text.end],
    ...(plan.usage === null ? {} : { usage: plan.usage }),
  });
}

function contentOf({ text: plan, isRedacted }: ConversePlan): Json[] {
  const thought = plan.reasoningTokens.join("");
  const blocks: Json[] = [];
  if (thought !== "" && isRedacted) blocks.push({ reasoningContent: { redactedContent: sealOf(thought) } });
  else if (thought !== "") {
    blocks.push({ reasoningContent: { reasoningText: { signature: signThinking(thought), text: thought } } });
  }
  if (plan.tokens.length > 0) blocks.push({ text: plan.tokens.join("") });
  for (const call of plan.calls) {
    blocks.push({ toolUse: { input: readArguments(call) ?? {}, name: call.name, toolUseId: idOf(call) } });
  }
  return blocks;
}

/** The events of ConverseStream: each an object of one member, named as the event is. */
export function renderConverseStream(plan: ConversePlan): string[] {
  return [...events(plan)].map(([name, fields], at) => {
    const padding = tokenFrom(plan.text.seed + at, 1 + ((plan.text.seed + at) % PADDING_MAX));
    return JSON.stringify({ [name]: { ...fields, p: padding } });
  });
}

function* events(plan: ConversePlan): Generator<[string, Json]> {
  const { text } = plan;
  let index = 0;
  const delta = (value: Json): [string, Json] => ["contentBlockDelta", { contentBlockIndex: index, delta: value }];
  const stop = (): [string, Json] => ["contentBlockStop", { contentBlockIndex: index++ }];
  yield ["messageStart", { role: "assistant" }];
  if (text.reasoningTokens.length > 0) {
    for (const value of reasoningDeltas(plan)) yield delta({ reasoningContent: value });
    yield stop();
  }
  // Only a tool's block has a start.
  if (text.tokens.length > 0) {
    for (const token of text.tokens) yield delta({ text: token });
    yield stop();
  }
  for (const call of text.calls) {
    const start = { toolUse: { name: call.name, toolUseId: idOf(call) } };
    yield ["contentBlockStart", { contentBlockIndex: index, start }];
    for (const token of call.argumentTokens) yield delta({ toolUse: { input: token } });
    yield stop();
  }
  yield ["messageStop", { stopReason: STOP_REASONS[text.end] }];
  yield ["metadata", { metrics: { latencyMs: LATENCY_MS }, ...(plan.usage === null ? {} : { usage: plan.usage }) }];
}

function* reasoningDeltas({ text, isRedacted }: ConversePlan): Generator<Json> {
  const thought = text.reasoningTokens.join("");
  if (isRedacted) {
    yield { redactedContent: sealOf(thought) };
    return;
  }
  for (const token of text.reasoningTokens) yield { text: token };
  yield { signature: signThinking(thought) };
}

const idOf = ({ id }: PlannedCall) => `tooluse_${id.slice(0, 22)}`;
/** A blob: base64 on the wire. */
const sealOf = (thought: string) => Buffer.from(sealThinking(thought)).toString("base64");

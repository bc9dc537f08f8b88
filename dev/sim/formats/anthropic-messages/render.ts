import type { Identity } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import type { MessagePlan, MessageUsage, PlannedBlock } from "./plan.ts";
import { sealThinking, signThinking } from "./signature.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A message that is not streamed. */
export function renderMessage(plan: MessagePlan) {
  const rest = JSON.stringify({
    type: "message",
    role: "assistant",
    content: plan.blocks.map((block) => wholeBlock(block)),
    ...endFields(plan, true),
    ...(plan.usage === null ? {} : { usage: wholeUsage(plan.usage, plan.usage.output) }),
  }).slice(1);
  const model = JSON.stringify(plan.model);
  return ({ number }: Identity): string => `{"model":${model},"id":"${messageId(number)}",${rest}`;
}

/** The events of a streamed message. Only the first holds what differs between two answers. */
export function renderStream(plan: MessagePlan) {
  const start = JSON.stringify({
    type: "message",
    role: "assistant",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // At the start one output token is all that is known.
    ...(plan.usage === null ? {} : { usage: wholeUsage(plan.usage, Math.min(1, plan.usage.output)) }),
  }).slice(1);
  const model = JSON.stringify(plan.model);
  const rest = [...eventsOf(plan)].map((event) => JSON.stringify(event));
  return ({ number }: Identity): string[] => [
    `{"type":"message_start","message":{"model":${model},"id":"${messageId(number)}",${start}}`,
    ...rest,
  ];
}

function* eventsOf(plan: MessagePlan): Generator<Fields> {
  if (plan.blocks.length === 0) yield { type: "ping" };
  for (const [index, block] of plan.blocks.entries()) {
    yield { type: "content_block_start", index, content_block: emptyBlock(block) };
    if (index === 0) yield { type: "ping" };
    for (const delta of deltasOf(block)) yield { type: "content_block_delta", index, delta };
    yield { type: "content_block_stop", index };
  }
  const usage = plan.usage === null ? {} : { usage: deltaUsage(plan.usage) };
  yield { type: "message_delta", delta: endFields(plan, false), ...usage };
  yield { type: "message_stop" };
}

function* deltasOf(block: PlannedBlock): Generator<Fields> {
  switch (block.type) {
    case "text":
      for (const text of block.tokens) yield { type: "text_delta", text };
      return;
    case "thinking":
      if (!block.omitted) for (const thinking of block.tokens) yield { type: "thinking_delta", thinking };
      yield { type: "signature_delta", signature: signThinking(block.tokens.join("")) };
      return;
    case "tool_use":
      yield { type: "input_json_delta", partial_json: "" };
      for (const json of block.tokens) yield { type: "input_json_delta", partial_json: json };
      return;
    case "redacted_thinking":
  }
}

function emptyBlock(block: PlannedBlock): Fields {
  if (block.type === "text") return { type: "text", text: "" };
  if (block.type === "thinking") return { type: "thinking", thinking: "", signature: "" };
  if (block.type === "tool_use") return { type: "tool_use", id: block.id, name: block.name, input: {} };
  return wholeBlock(block);
}

function wholeBlock(block: PlannedBlock): Fields {
  const text = block.tokens.join("");
  if (block.type === "text") return { type: "text", text };
  if (block.type === "redacted_thinking") return { type: "redacted_thinking", data: sealThinking(text) };
  if (block.type === "tool_use") return { type: "tool_use", id: block.id, name: block.name, input: parseCut(text) };
  return { type: "thinking", thinking: block.omitted ? "" : text, signature: signThinking(text) };
}

/** Arguments that the maximum cut are no JSON any more; whole answers then carry what Anthropic makes of them: nothing. */
function parseCut(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

/** In a whole message the details of a refusal stand before the stop sequence, in a stream after it. */
function endFields({ stopReason, stopSequence }: MessagePlan, whole: boolean): Fields {
  const sequence = { stop_sequence: stopSequence };
  if (stopReason !== "refusal") return { stop_reason: stopReason, ...sequence };
  const details = {
    stop_details: {
      type: "refusal",
      category: "cyber",
      explanation: "This request was blocked under the simulator's usage policy.",
      recommended_model: "claude-sim",
    },
  };
  return whole
    ? { stop_reason: stopReason, ...details, ...sequence }
    : { stop_reason: stopReason, ...sequence, ...details };
}

const cacheFields = (usage: MessageUsage) => ({
  input_tokens: usage.input,
  cache_creation_input_tokens: usage.written5m + usage.written1h,
  cache_read_input_tokens: usage.read,
});

const thinkingFields = ({ thinking }: MessageUsage) =>
  thinking > 0 ? { output_tokens_details: { thinking_tokens: thinking } } : {};

const searchFields = ({ searches }: MessageUsage) =>
  searches > 0 ? { server_tool_use: { web_search_requests: searches, web_fetch_requests: 0 } } : {};

function wholeUsage(usage: MessageUsage, output: number): Fields {
  return {
    ...cacheFields(usage),
    cache_creation: { ephemeral_5m_input_tokens: usage.written5m, ephemeral_1h_input_tokens: usage.written1h },
    output_tokens: output,
    ...(output === usage.output ? { ...thinkingFields(usage), ...searchFields(usage) } : {}),
    service_tier: "standard",
    inference_geo: "not_available",
  };
}

const deltaUsage = (usage: MessageUsage): Fields => ({
  ...cacheFields(usage),
  output_tokens: usage.output,
  ...thinkingFields(usage),
  ...searchFields(usage),
});

const messageId = (number: number) => `msg_01${tokenFrom(number, 22)}`;

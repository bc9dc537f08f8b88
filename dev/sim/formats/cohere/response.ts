import { cohereId } from "../../dialects/cohere.ts";
import type { Identity, Refusal } from "../../format.ts";
import type { PlannedCall, TextPlan } from "../text-plan.ts";
import type { CoherePlan } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

const FINISH_REASONS: Readonly<Record<TextPlan["end"], string>> = {
  stop: "COMPLETE",
  "stop-sequence": "STOP_SEQUENCE",
  length: "MAX_TOKENS",
  "tool-calls": "TOOL_CALL",
  refusal: "ERROR",
};

/** A whole answer of `POST /v2/chat`. All but its id is worked out once. */
export function responseTemplate(plan: CoherePlan) {
  const rest = JSON.stringify({
    finish_reason: FINISH_REASONS[plan.text.end],
    message: messageOf(plan),
    ...(plan.usage === null ? {} : { usage: plan.usage }),
  });
  return ({ number }: Identity) => `{"id":"${cohereId(number)}",${rest.slice(1)}`;
}

function messageOf({ text, toolPlanTokens, citation }: CoherePlan): Json {
  const content = [
    ...(text.reasoningTokens.length > 0 ? [{ type: "thinking", thinking: text.reasoningTokens.join("") }] : []),
    ...(text.tokens.length > 0 ? [{ type: "text", text: text.tokens.join("") }] : []),
  ];
  const calls = text.calls.map((call) => ({
    id: idOf(call),
    type: "function",
    function: { name: call.name, arguments: call.argumentTokens.join("") },
  }));
  return {
    role: "assistant",
    ...(content.length > 0 ? { content } : {}),
    ...(toolPlanTokens.length > 0 ? { tool_plan: toolPlanTokens.join("") } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(citation === null ? {} : { citations: [citation] }),
  };
}

/** The events of a stream, each named by its `type`. Tool calls count from 0, beside the parts of the content. */
export function streamTemplate(plan: CoherePlan) {
  const events = [...eventsOf(plan)].map((event) => JSON.stringify(event));
  const start = {
    type: "message-start",
    delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] } },
  };
  const opening = JSON.stringify(start).slice(1);
  return ({ number }: Identity) => [`{"id":"${cohereId(number)}",${opening}`, ...events];
}

function* eventsOf({ text, toolPlanTokens, citation, usage }: CoherePlan): Generator<Json> {
  let index = 0;
  if (text.reasoningTokens.length > 0) {
    yield* contentEvents(index, "thinking", text.reasoningTokens);
    index += 1;
  }
  if (text.tokens.length > 0) {
    for (const event of contentEvents(index, "text", text.tokens)) {
      if (event["type"] === "content-end" && citation !== null) {
        yield { type: "citation-start", index: 0, delta: { message: { citations: citation } } };
        yield { type: "citation-end", index: 0 };
      }
      yield event;
    }
  }
  for (const token of toolPlanTokens) yield { type: "tool-plan-delta", delta: { message: { tool_plan: token } } };
  for (const [at, call] of text.calls.entries()) yield* callEvents(at, call);
  const finish = { finish_reason: FINISH_REASONS[text.end], ...(usage === null ? {} : { usage }) };
  yield { type: "message-end", delta: finish };
}

function* contentEvents(index: number, kind: "text" | "thinking", tokens: readonly string[]): Generator<Json> {
  yield { type: "content-start", index, delta: { message: { content: { type: kind, [kind]: "" } } } };
  for (const token of tokens)
    yield { type: "content-delta", index, delta: { message: { content: { [kind]: token } } } };
  yield { type: "content-end", index };
}

function* callEvents(index: number, call: PlannedCall): Generator<Json> {
  const event = (type: string, calls: Json): Json => ({ type, index, delta: { message: { tool_calls: calls } } });
  yield event("tool-call-start", { id: idOf(call), type: "function", function: { name: call.name, arguments: "" } });
  for (const token of call.argumentTokens) yield event("tool-call-delta", { function: { arguments: token } });
  yield { type: "tool-call-end", index };
}

/** How a stream says that it failed: as its end. */
export const renderStreamError = ({ message }: Refusal): string =>
  JSON.stringify({ type: "message-end", delta: { error: message, finish_reason: "ERROR" } });

const idOf = ({ id, name }: PlannedCall) => `${name}_${id.slice(0, 12).toLowerCase()}`;

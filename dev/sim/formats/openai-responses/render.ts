import type { Identity } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import { makeLogprobs } from "../openai-chat/logprobs.ts";
import type { PlannedItem, ResponsePlan } from "./plan.ts";
import type { ResponsesRequest } from "./request.ts";
import { sealReasoning } from "./sealed.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type Status = "in_progress" | "completed" | "incomplete" | "failed";

/** Stand for what differs between two answers until they are rendered. */
const ID = "\u0001id\u0001";
const AT = "\u0001at\u0001";
const ID_TEXT = JSON.stringify(ID).slice(1, -1);
const AT_TEXT = JSON.stringify(AT);
const ID_CHARACTERS = 48;

/** Puts an answer's own ids and time into its template. */
export function fill(template: string, { number, createdSeconds }: Identity): string {
  return template
    .replaceAll(ID_TEXT, tokenFrom(number, ID_CHARACTERS, "hex"))
    .replaceAll(AT_TEXT, String(createdSeconds));
}

/** The response object around its output. */
export function responseFields(
  request: ResponsesRequest,
  plan: ResponsePlan,
  status: Status,
  error: { readonly code: string; readonly message: string } | null = null,
): Fields {
  const ended = status === "completed" || status === "incomplete";
  const format = request.text?.format ?? { type: "text" };
  return {
    id: `resp_${ID}`,
    object: "response",
    created_at: AT,
    status,
    background: false,
    error,
    incomplete_details: status === "incomplete" ? { reason: "max_output_tokens" } : null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    output: ended ? plan.items.map((item, index) => wholeItem(item, index, request, plan)) : [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    prompt_cache_retention: request.prompt_cache_retention ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: ended ? "default" : (request.service_tier ?? "auto"),
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format, verbosity: request.text?.verbosity ?? "medium" },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools,
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? "disabled",
    usage: ended ? usageFields(plan) : null,
    user: request.user ?? null,
    metadata: request.metadata ?? {},
  };
}

function usageFields({ usage }: ResponsePlan): Fields | null {
  if (usage === null) return null;
  return {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: usage.input + usage.output,
  };
}

const PREFIXES = { reasoning: "rs", web_search_call: "ws", message: "msg", function_call: "fc" } as const;

export const itemId = (item: PlannedItem, index: number) => `${PREFIXES[item.type]}_${index}${ID}`;

/** An output item when it begins: `in_progress`, without its content. */
export function openItem(item: PlannedItem, index: number, request: ResponsesRequest, plan: ResponsePlan): Fields {
  const id = itemId(item, index);
  if (item.type === "reasoning") return { id, type: "reasoning", ...sealedField(request, plan), summary: [] };
  if (item.type === "web_search_call") return { ...searchFields(item, index), status: "in_progress" };
  if (item.type === "message") {
    return { id, type: "message", status: "in_progress", content: [], role: "assistant" };
  }
  const { callId, name } = item;
  return { id, type: "function_call", status: "in_progress", arguments: "", call_id: callId, name };
}

/** An output item when it is done. */
export function wholeItem(item: PlannedItem, index: number, request: ResponsesRequest, plan: ResponsePlan): Fields {
  const id = itemId(item, index);
  if (item.type === "web_search_call") return searchFields(item, index);
  if (item.type === "reasoning") {
    return { id, type: "reasoning", ...sealedField(request, plan), summary: summaryOf(item, request) };
  }
  const status = item.cut ? "incomplete" : "completed";
  if (item.type === "message") {
    return { id, type: "message", status, content: [contentPart(item, request)], role: "assistant" };
  }
  const { callId, name, tokens } = item;
  return { id, type: "function_call", status, arguments: tokens.join(""), call_id: callId, name };
}

const searchFields = (item: Extract<PlannedItem, { type: "web_search_call" }>, index: number): Fields => ({
  id: itemId(item, index),
  type: "web_search_call",
  status: "completed",
  action: { type: "search", query: item.query },
});

/** The whole part of a message, or with `tokens` empty how it begins. */
export function contentPart(
  item: Extract<PlannedItem, { type: "message" }>,
  request: ResponsesRequest,
  tokens: readonly string[] = item.tokens,
): Fields {
  const text = tokens.join("");
  if (item.refusal) return { type: "refusal", refusal: text };
  return { type: "output_text", annotations: [], logprobs: logprobsOf(tokens, request), text };
}

export function logprobsOf(tokens: readonly string[], request: ResponsesRequest): unknown {
  const asked = request.include?.includes("message.output_text.logprobs") ?? false;
  if (!asked) return [];
  return makeLogprobs(tokens, request.top_logprobs ?? 0).content;
}

export const wantsSummary = (request: ResponsesRequest) => Boolean(request.reasoning?.summary);

function summaryOf({ tokens }: Extract<PlannedItem, { type: "reasoning" }>, request: ResponsesRequest) {
  return wantsSummary(request) ? [{ type: "summary_text", text: tokens.join("") }] : [];
}

function sealedField(request: ResponsesRequest, plan: ResponsePlan): Fields {
  const asked = request.include?.includes("reasoning.encrypted_content") ?? false;
  return asked ? { encrypted_content: sealReasoning(plan.seed) } : {};
}

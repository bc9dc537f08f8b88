import type { Identity, Refusal } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import type { PlannedItem, ResponsePlan } from "./plan.ts";
import {
  contentPart,
  type Fields,
  fill,
  itemId,
  logprobsOf,
  openItem,
  responseFields,
  wantsSummary,
  wholeItem,
} from "./render.ts";
import type { ResponsesRequest } from "./request.ts";

const OBFUSCATED_WIDTH = 10;

/** The events of a streamed response, numbered from 0. */
export function streamTemplate(request: ResponsesRequest, plan: ResponsePlan) {
  const events = [...eventsOf(request, plan)].map((event, at) => JSON.stringify(numbered(event, at)));
  return (identity: Identity): string[] => events.map((event) => fill(event, identity));
}

/** An error in mid-stream: the error, and the response that failed of it. */
export function failedEvents(request: ResponsesRequest, plan: ResponsePlan) {
  return ({ message, type, param, code }: Refusal, identity: Identity, at: number): string[] => {
    const error = { code: code ?? "server_error", message };
    return [
      { type: "error", error: { type, code, message, param } },
      { type: "response.failed", response: responseFields(request, plan, "failed", error) },
    ].map((event, index) => fill(JSON.stringify(numbered(event, at + index)), identity));
  };
}

const numbered = ({ type, ...rest }: Fields, at: number): Fields => ({ type, sequence_number: at, ...rest });

function* eventsOf(request: ResponsesRequest, plan: ResponsePlan): Generator<Fields> {
  const response = responseFields(request, plan, "in_progress");
  yield { type: "response.created", response };
  yield { type: "response.in_progress", response };
  const padded = request.stream_options?.include_obfuscation !== false;
  let deltas = 0;
  for (const [index, item] of plan.items.entries()) {
    yield { type: "response.output_item.added", output_index: index, item: openItem(item, index, request, plan) };
    for (const event of contentEvents(item, index, request)) {
      deltas += 1;
      yield padded && "delta" in event ? { ...event, obfuscation: paddingOf(plan.seed + deltas) } : event;
    }
    yield { type: "response.output_item.done", output_index: index, item: wholeItem(item, index, request, plan) };
  }
  const status = plan.incomplete ? "incomplete" : "completed";
  yield { type: `response.${status}`, response: responseFields(request, plan, status) };
}

/** OpenAI pads every delta, so that sizes on the wire do not give the tokens away. */
const paddingOf = (seed: number) => tokenFrom(seed, 1 + (seed % OBFUSCATED_WIDTH));

function contentEvents(item: PlannedItem, index: number, request: ResponsesRequest): Iterable<Fields> {
  const place = { item_id: itemId(item, index), output_index: index };
  if (item.type === "message") return messageEvents(item, { ...place, content_index: 0 }, request);
  if (item.type === "function_call") return callEvents(item.tokens, place);
  if (item.type === "web_search_call") return searchEvents(place);
  return wantsSummary(request) ? summaryEvents(item.tokens, place) : [];
}

function* searchEvents(place: Fields): Generator<Fields> {
  for (const step of ["in_progress", "searching", "completed"]) {
    yield { type: `response.web_search_call.${step}`, ...place };
  }
}

function* summaryEvents(tokens: readonly string[], at: Fields): Generator<Fields> {
  const place = { ...at, summary_index: 0 };
  const part = (text: string) => ({ type: "summary_text", text });
  const text = tokens.join("");
  yield { type: "response.reasoning_summary_part.added", ...place, part: part("") };
  for (const delta of tokens) yield { type: "response.reasoning_summary_text.delta", ...place, delta };
  yield { type: "response.reasoning_summary_text.done", ...place, text };
  yield { type: "response.reasoning_summary_part.done", ...place, part: part(text) };
}

function* messageEvents(
  item: Extract<PlannedItem, { type: "message" }>,
  place: Fields,
  request: ResponsesRequest,
): Generator<Fields> {
  const text = item.tokens.join("");
  yield { type: "response.content_part.added", ...place, part: contentPart(item, request, []) };
  for (const delta of item.tokens) {
    if (item.refusal) yield { type: "response.refusal.delta", ...place, delta };
    else yield { type: "response.output_text.delta", ...place, delta, logprobs: logprobsOf([delta], request) };
  }
  if (item.refusal) yield { type: "response.refusal.done", ...place, refusal: text };
  else yield { type: "response.output_text.done", ...place, text, logprobs: logprobsOf(item.tokens, request) };
  yield { type: "response.content_part.done", ...place, part: contentPart(item, request) };
}

function* callEvents(tokens: readonly string[], place: Fields): Generator<Fields> {
  for (const delta of tokens) yield { type: "response.function_call_arguments.delta", ...place, delta };
  yield { type: "response.function_call_arguments.done", ...place, arguments: tokens.join("") };
}

import type { AnswerEvent, Citation, FinishReason, TokenLogprob } from "../answer-events.ts";
import type { InBandError, RawUsage } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { safeToken } from "../safe-token.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What ends an answer besides having said everything. */
const INCOMPLETE: ReadonlyMap<unknown, FinishReason> = new Map([
  ["max_output_tokens", "length"],
  ["content_filter", "content-filter"],
]);

export const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});

export const startEvent = (response: Json): AnswerEvent => ({
  type: "start",
  id: textOf(response["id"]),
  model: textOf(response["model"]),
});

/** The usage of a response. OpenAI bills searches apart and does not count them there, so that they are counted in. */
export function usageEvents(response: Json, searches: number): readonly AnswerEvent[] {
  const { usage } = response;
  if (!isRecord(usage)) return [];
  const counted: RawUsage = searches > 0 ? { ...usage, web_search_calls: searches } : usage;
  return [{ type: "usage", usage: counted }];
}

/** Null where the response has not ended in an answer: it failed, was cancelled or still runs. */
export function finishReason(response: Json, calls: number): FinishReason | null {
  const { status } = response;
  if (status === "incomplete") return INCOMPLETE.get(recordOf(response["incomplete_details"])["reason"]) ?? "other";
  if (status !== undefined && status !== null && status !== "completed") return null;
  return calls > 0 ? "tool-calls" : "stop";
}

/** `{ error: {…} }`, or an event whose error lies flat in it. Tokens only (S3). */
export function readError(value: Json): InBandError {
  const error = isRecord(value["error"]) ? value["error"] : value;
  const type = safeToken(error["type"]);
  return { code: safeToken(error["code"]), type: type === "error" ? null : type };
}

/** A search proper is billed; opening a page of its results or looking inside one is not. Source: OpenAI's web search guide. */
export function isBilledSearch(item: Json): boolean {
  const action = recordOf(item["action"])["type"];
  return item["type"] === "web_search_call" && (action === undefined || action === "search");
}

/** Null for sources that are no web page: a file of the provider's says nothing to a caller elsewhere. */
export function readCitation(annotation: unknown): Citation | null {
  if (!isRecord(annotation) || annotation["type"] !== "url_citation") return null;
  const offset = (value: unknown): number | null =>
    typeof value === "number" && Number.isSafeInteger(value) ? value : null;
  return {
    url: textOf(annotation["url"]),
    title: textOf(annotation["title"]),
    citedText: null,
    start: offset(annotation["start_index"]),
    end: offset(annotation["end_index"]),
  };
}

/** Null where there are none: OpenAI sends an empty list unasked. */
export function readLogprobs(value: unknown): readonly TokenLogprob[] | null {
  const read = listOf(value).flatMap((entry) => {
    const logprob = readLogprob(entry);
    if (!logprob || !isRecord(entry)) return [];
    return [{ ...logprob, top: listOf(entry["top_logprobs"]).flatMap((top) => readLogprob(top) ?? []) }];
  });
  return read.length === 0 ? null : read;
}

function readLogprob(value: unknown): Omit<TokenLogprob, "top"> | null {
  if (!isRecord(value) || typeof value["token"] !== "string" || typeof value["logprob"] !== "number") return null;
  const { token, logprob, bytes } = value;
  return { token, logprob, bytes: Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === "number") : null };
}

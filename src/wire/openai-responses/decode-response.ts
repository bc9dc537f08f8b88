import type { DecodedResponse } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { readOutput } from "./decode-stream.ts";
import { createItemReader } from "./read-items.ts";
import { finishReason, readError, startEvent, usageEvents } from "./read-response.ts";

/** Reads a whole response. One that failed, was cancelled or still runs is no answer. */
export function decodeResponse(text: string): DecodedResponse {
  const value = parseJson(text);
  if (!isRecord(value)) return { end: "garbage", events: [] };
  if (isRecord(value["error"])) return { end: "interrupted", events: [{ type: "error", error: readError(value) }] };
  if (!Array.isArray(value["output"])) return { end: "garbage", events: [] };
  const items = createItemReader();
  const output = readOutput(items, value);
  const { calls, searches } = items.counts();
  const events = [startEvent(value), ...output, ...usageEvents(value, searches)];
  const reason = finishReason(value, calls);
  if (reason === null) return { end: "interrupted", events };
  return { end: "complete", events: [...events, { type: "finish", choice: 0, reason, stopSequence: null }] };
}

import type { AnswerEvent } from "../answer-events.ts";
import type { DecodedResponse } from "../codec.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { createBlockReader } from "./read-blocks.ts";
import { readError, readFinish, readNames } from "./read-message.ts";

/** A whole message of `POST /v1/messages` as events. */
export function decodeResponse(text: string): DecodedResponse {
  const value = parseJson(text);
  if (!isRecord(value)) return { end: "garbage", events: [] };
  const error = readError(value);
  if (error) return { end: "interrupted", events: [error] };
  const { content, usage } = value;
  if (!Array.isArray(content)) return { end: "garbage", events: [] };
  const blocks = createBlockReader();
  const events: AnswerEvent[] = [readNames(value)];
  for (const [index, block] of content.entries()) events.push(...blocks.start(index, block), ...blocks.stop(index));
  // Without a count of the output it is no usage: it would make the answer free.
  if (isRecord(usage) && typeof usage["output_tokens"] === "number") events.push({ type: "usage", usage });
  events.push(readFinish(value) ?? { type: "finish", choice: 0, reason: "other", stopSequence: null });
  return { end: "complete", events };
}

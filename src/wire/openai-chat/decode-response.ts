import type { DecodedResponse } from "../codec.ts";
import { parseJson } from "../parse-json.ts";
import { createAnswerReader } from "./decode-stream.ts";
import { readAnswer } from "./read-answer.ts";

/** Reads a whole chat completion. One without choices is none. */
export function decodeResponse(text: string): DecodedResponse {
  const value = parseJson(text);
  const answer = readAnswer(value);
  const events = createAnswerReader().read(value) ?? [];
  if (answer.type === "error") return { end: "interrupted", events };
  const isCompletion = answer.type === "answer" && answer.choices.length > 0;
  return isCompletion ? { end: "complete", events } : { end: "garbage", events: [] };
}

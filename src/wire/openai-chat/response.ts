import type { AnswerSummary } from "../events.ts";
import { createOutputCounter } from "./count-output.ts";
import { readAnswer } from "./read-answer.ts";
import { parseJson } from "../parse-json.ts";

/**
 * Reads a whole (not streamed) chat completion for metering. The text itself goes to the caller untouched when `end` is
 * `complete`; `garbage` is no chat completion and `interrupted` an error sent with a success status: neither is relayed.
 */
export function readChatResponse(text: string): AnswerSummary {
  const output = createOutputCounter();
  const answer = readAnswer(parseJson(text));
  const finishReasons: (string | null)[] = [];
  if (answer.type === "answer") {
    for (const choice of answer.choices) {
      while (finishReasons.length <= choice.index) finishReasons.push(null);
      finishReasons[choice.index] = choice.finishReason;
      output.add(choice.message);
      output.endEvent();
    }
  }
  const isCompletion = answer.type === "answer" && answer.choices.length > 0;
  return {
    end: isCompletion ? "complete" : answer.type === "error" ? "interrupted" : "garbage",
    usage: answer.type === "answer" ? answer.usage : null,
    finishReasons,
    delivered: output.delivered(),
    error: answer.type === "error" ? answer.error : null,
  };
}

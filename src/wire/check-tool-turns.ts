import { invalidParameter } from "./parse-body.ts";
import type { PromptMessage } from "./prompt.ts";

/**
 * What Anthropic, Bedrock and Google demand of tools in a conversation: the turn after calls answers each of them once,
 * and nothing else is answered. Calls at the very end may stay open. Throws AppError `invalid_parameter`.
 */
export function checkToolTurns(messages: readonly PromptMessage[]): void {
  const open = new Set<string>();
  let isAnswering = true;
  for (const { role, parts } of messages) {
    if (parts.length === 0) continue;
    if (role === "assistant" && isAnswering) {
      checkAnswered(open);
      isAnswering = false;
    }
    if (role !== "assistant") isAnswering = true;
    for (const part of parts) {
      if (part.type === "tool-call") open.add(part.id);
      if (part.type === "tool-result" && !open.delete(part.callId))
        throw invalidParameter("messages", "hold a tool's result that answers no call of the turn before it.");
    }
  }
  if (isAnswering) checkAnswered(open);
}

function checkAnswered(open: ReadonlySet<string>): void {
  if (open.size > 0)
    throw invalidParameter(
      "messages",
      "hold a tool call whose result is missing in the next turn, as this model demands.",
    );
}

import { countTokens } from "../../tokens.ts";
import type { CohereMessage, CohereRequest } from "./request.ts";

const TOKENS_PER_IMAGE = 512;

/** Every text of the conversation, in order. */
export function textsOf({ messages }: CohereRequest): string[] {
  return messages.flatMap((message) => textsOfMessage(message));
}

/** The billed tokens of a prompt: its texts, calls, tools and documents, and a fixed sum per image. Templates cost nothing. */
export function countPrompt(request: CohereRequest): number {
  const counted = [
    ...request.messages.map(countMessage),
    ...(request.tools?.length ? [countTokens(JSON.stringify(request.tools))] : []),
    ...(request.documents ?? []).map((document) => countTokens(JSON.stringify(document))),
  ];
  return counted.reduce((sum, tokens) => sum + tokens, 0);
}

function textsOfMessage({ content }: CohereMessage): string[] {
  if (typeof content === "string") return [content];
  return (content ?? []).flatMap((part) => ("text" in part ? [part.text] : []));
}

function countMessage(message: CohereMessage): number {
  const texts = textsOfMessage(message).reduce((sum, text) => sum + countTokens(text), 0);
  const calls =
    "tool_calls" in message && message.tool_calls?.length ? countTokens(JSON.stringify(message.tool_calls)) : 0;
  const others = typeof message.content === "string" ? [] : (message.content ?? []);
  const files = others.reduce((sum, part) => {
    if (part.type === "image_url") return sum + TOKENS_PER_IMAGE;
    return part.type === "document" ? sum + countTokens(JSON.stringify(part.document)) : sum;
  }, 0);
  return texts + calls + files;
}

import { countTokens } from "../../tokens.ts";
import { type InputItem, type InputPart, isMessage, type OutputPart } from "./items.ts";
import type { ResponsesRequest } from "./request.ts";

const TOKENS_PER_ITEM = 3;
const TOKENS_PER_REPLY = 3;
const TOKENS_PER_IMAGE = 765;
const TOKENS_PER_SMALL_IMAGE = 85;
const TOKENS_PER_FILE = 200;

type Part = InputPart | OutputPart;

/** Every text of the conversation, in order: where directives may stand. */
export function textsOf({ instructions, items }: ResponsesRequest): string[] {
  return [...(instructions ? [instructions] : []), ...items.flatMap(textsOfItem)];
}

function textsOfItem(item: InputItem): string[] {
  if (isMessage(item)) return textsOfContent(item.content);
  return item.type === "function_call_output" && "output" in item ? textsOfContent(item.output) : [];
}

function textsOfContent(content: unknown): string[] {
  if (typeof content === "string") return [content];
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts.flatMap((part) =>
    typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? [part.text] : [],
  );
}

/** The prompt's tokens by a rule that a test can repeat: texts, 3 per item and reply, fixed sums for images and files. */
export function countPrompt(request: ResponsesRequest): number {
  let total = TOKENS_PER_REPLY;
  if (request.instructions) total += TOKENS_PER_ITEM + countTokens(request.instructions);
  for (const item of request.items) total += TOKENS_PER_ITEM + countItem(item);
  if (request.tools.length > 0) total += countTokens(JSON.stringify(request.tools));
  if (request.text?.format?.type === "json_schema") total += countTokens(JSON.stringify(request.text.format));
  return total;
}

function countItem(item: InputItem): number {
  if (isMessage(item)) return typeof item.content === "string" ? countTokens(item.content) : sumParts(item.content);
  if (item.type === "reasoning") return 0;
  return countTokens(JSON.stringify(item));
}

const sumParts = (parts: readonly Part[]) => parts.reduce((sum, part) => sum + countPart(part), 0);

function countPart(part: Part): number {
  if ("text" in part) return countTokens(part.text);
  if (part.type === "refusal") return countTokens(part.refusal);
  if (part.type === "input_image") return part.detail === "low" ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
  return TOKENS_PER_FILE;
}

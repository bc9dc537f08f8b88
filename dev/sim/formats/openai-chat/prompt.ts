import { countTokens } from "../../tokens.ts";
import type { ChatMessage, ChatRequest } from "./request.ts";

/** What a message and a reply cost beside their text, as in OpenAI's own counting recipe. */
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_REPLY = 3;
const TOKENS_PER_NAME = 1;
const TOKENS_PER_IMAGE = 765;
const TOKENS_PER_SMALL_IMAGE = 85;
const TOKENS_PER_AUDIO = 100;
const TOKENS_PER_FILE = 200;

export interface PromptTokens {
  readonly total: number;
  readonly audio: number;
}

/** Every text of the conversation, in order. */
export function textsOf(request: ChatRequest): string[] {
  return request.messages.flatMap(({ content }) => {
    if (typeof content === "string") return [content];
    return (content ?? []).flatMap((part) => (typeof part.text === "string" ? [part.text] : []));
  });
}

/** The prompt's tokens by a rule that a test can repeat: texts, 3 per message and reply, fixed sums for other parts. */
export function countPrompt(request: ChatRequest): PromptTokens {
  let total = TOKENS_PER_REPLY;
  let audio = 0;
  for (const message of request.messages) {
    const counted = countMessage(message);
    total += counted.total;
    audio += counted.audio;
  }
  if (request.tools?.length) total += countTokens(JSON.stringify(request.tools));
  if (request.response_format?.type === "json_schema") total += countTokens(JSON.stringify(request.response_format));
  return { total, audio };
}

function countMessage(message: ChatMessage): PromptTokens {
  let total = TOKENS_PER_MESSAGE;
  let audio = 0;
  if (message.name) total += TOKENS_PER_NAME;
  if (message.tool_calls?.length) total += countTokens(JSON.stringify(message.tool_calls));
  if (typeof message.content === "string") return { total: total + countTokens(message.content), audio };
  for (const part of message.content ?? []) {
    if (typeof part.text === "string") total += countTokens(part.text);
    else if (part.type === "image_url") {
      total += part.image_url?.detail === "low" ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
    } else if (part.type === "input_audio") {
      total += TOKENS_PER_AUDIO;
      audio += TOKENS_PER_AUDIO;
    } else total += TOKENS_PER_FILE;
  }
  return { total, audio };
}

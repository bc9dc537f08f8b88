import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { readSignature } from "../signature.ts";
import { thoughtSignature } from "./decode-messages.ts";
import { readReasoningDetails } from "./reasoning-details.ts";

type Json = Readonly<Record<string, unknown>>;

const FORMAT = "openai-chat";
/** What answers carry beyond OpenAI's own members, and clients send back. */
const MARKS = ['"reasoning_content"', '"reasoning_details"', '"extra_content"'];

/**
 * The messages of a chat request without the reasoning of earlier answers that this upstream would refuse: all of it where
 * it takes none (OpenAI, Groq, Cerebras and Mistral answer 400), else what another format signed. Null where there is none,
 * which a search of the text tells.
 */
export function withOwnChatReasoning(object: JsonObjectText, takesReasoning: boolean): string | null {
  if (!MARKS.some((mark) => object.text.includes(mark))) return null;
  const messages = parseJson(memberText(object, "messages") ?? "");
  if (!Array.isArray(messages)) return null;
  return JSON.stringify(
    messages.map((message: unknown) => (isRecord(message) ? withOwn(message, takesReasoning) : message)),
  );
}

function withOwn(message: Json, takesReasoning: boolean): Json {
  const { reasoning_content: text, reasoning_details: details, tool_calls: calls, ...rest } = message;
  return {
    ...rest,
    ...(takesReasoning && text !== undefined ? { reasoning_content: text } : {}),
    ...(takesReasoning && Array.isArray(details) ? { reasoning_details: details.filter(isOwnDetail) } : {}),
    ...(calls === undefined
      ? {}
      : {
          tool_calls: Array.isArray(calls) ? calls.map((call: unknown) => withOwnExtra(call, takesReasoning)) : calls,
        }),
  };
}

const isOwnDetail = (detail: unknown): boolean =>
  readReasoningDetails([detail]).every(({ signature }) => signature === null || signature.format === FORMAT);

function withOwnExtra(call: unknown, takesReasoning: boolean): unknown {
  if (!isRecord(call)) return call;
  const { extra_content: extra, ...rest } = call;
  const token = thoughtSignature(extra);
  const isOwn = takesReasoning && (token === null || readSignature(token, FORMAT).format === FORMAT);
  return isOwn && extra !== undefined ? call : rest;
}

import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";

/** How every token begins that another format's answer left in a conversation (`signature.ts`). */
export const FOREIGN_MARK = "prismatic.";
/** Stands where nobody signed: Anthropic refuses reasoning without its own signature. */
export const UNSIGNED = `${FOREIGN_MARK}openai-chat.`;

/**
 * The messages of a request without the reasoning and citations that other providers' answers left in them: Anthropic
 * would refuse the whole request for one. Null where there are none, which one search of the text tells.
 */
export function withoutForeignReasoning(object: JsonObjectText): string | null {
  const text = object.text.includes(`"${FOREIGN_MARK}`) ? memberText(object, "messages") : null;
  const messages = text === null ? null : parseJson(text);
  if (!Array.isArray(messages)) return null;
  const own = messages.flatMap((message: unknown) => {
    if (!isRecord(message) || !Array.isArray(message["content"])) return [message];
    const content = message["content"].filter((block: unknown) => !isForeign(block)).map(withoutCitations);
    return content.length === 0 ? [] : [{ ...message, content }];
  });
  return JSON.stringify(own);
}

function isForeign(block: unknown): boolean {
  if (!isRecord(block)) return false;
  if (block["type"] === "thinking") return isMarked(block["signature"]);
  return block["type"] === "redacted_thinking" && isMarked(block["data"]);
}

function withoutCitations(block: unknown): unknown {
  if (!isRecord(block) || !Array.isArray(block["citations"])) return block;
  const citations = block["citations"].filter(
    (citation: unknown) => !isRecord(citation) || !isMarked(citation["encrypted_index"]),
  );
  return { ...block, citations: citations.length === 0 ? undefined : citations };
}

const isMarked = (value: unknown): boolean => typeof value === "string" && value.startsWith(FOREIGN_MARK);

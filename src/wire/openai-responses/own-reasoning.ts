import { memberText, type JsonObjectText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import { readSignature } from "../signature.ts";

/**
 * The input of a request without the reasoning that OpenAI cannot read: another provider's, and such as lies only in a
 * store that is not used. OpenAI would refuse the whole request for one. Null where there is none.
 */
export function withOwnReasoning(object: JsonObjectText): string | null {
  const text = memberText(object, "input");
  // Items name their type in plain letters; one that does not is read as it is.
  const input = text?.includes('"reasoning"') ? parseJson(text) : null;
  if (!Array.isArray(input)) return null;
  const own = input.filter((item: unknown) => !isRecord(item) || item["type"] !== "reasoning" || isOwn(item));
  return own.length === input.length ? null : JSON.stringify(own);
}

function isOwn({ encrypted_content: encrypted }: Readonly<Record<string, unknown>>): boolean {
  return typeof encrypted === "string" && readSignature(encrypted, "openai-responses").format === "openai-responses";
}

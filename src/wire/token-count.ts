import type { ClientFormat } from "./formats.ts";
import { isRecord } from "./parse-body.ts";
import { parseJson } from "./parse-json.ts";

/** What each format calls the figure. Formats that cannot ask for a count have none. */
const MEMBERS: Partial<Record<ClientFormat, string>> = {
  "anthropic-messages": "input_tokens",
  gemini: "totalTokens",
  "openai-responses": "input_tokens",
};

/** A count of tokens as the body that a caller of the format reads. */
export function encodeTokenCount(format: ClientFormat, tokens: number): string {
  return JSON.stringify({
    ...(format === "openai-responses" ? { object: "response.input_tokens" } : {}),
    [MEMBERS[format] ?? "input_tokens"]: tokens,
  });
}

/** The count that a provider answered in the format; null where it is none. */
export function readTokenCount(format: ClientFormat, text: string): number | null {
  const value = parseJson(text);
  const tokens = isRecord(value) ? value[MEMBERS[format] ?? ""] : null;
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null;
}

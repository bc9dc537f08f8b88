import { parseJson } from "../parse-json.ts";
import { isRecord } from "../parse-body.ts";

/**
 * A custom tool takes plain text. Formats that know only functions are given one with a single text argument, and what
 * comes back is unwrapped again.
 */
export const CUSTOM_TOOL_SCHEMA = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
} as const;

export const wrapInput = (input: string): string => JSON.stringify({ input });

/** The text inside a function's arguments; the arguments themselves where they are not what was asked for. */
export function unwrapInput(args: string): string {
  const value = parseJson(args);
  return isRecord(value) && typeof value["input"] === "string" ? value["input"] : args;
}

import type { PromptParameter, UsedParameters } from "../parameters.ts";
import { isRecord } from "../parse-body.ts";
import { CHAT_PARAMETER_MEMBERS } from "./parameters.ts";
import type { ReadMessages } from "./read-messages.ts";
import type { ChatRequestBody } from "./request-schema.ts";

/** What everybody does anyway: a member that says so asks for nothing. */
const DEFAULTS: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["n", [1]],
  ["presence_penalty", [0]],
  ["frequency_penalty", [0]],
  ["logprobs", [false]],
  ["parallel_tool_calls", [true]],
  ["tool_choice", ["auto"]],
  ["function_call", ["auto"]],
  ["service_tier", ["auto", "default"]],
]);

/** The parameters that a chat request uses, by the member that asks for each. */
export function readUses(body: ChatRequestBody, input: ReadMessages): UsedParameters {
  const members = new Map<string, unknown>(Object.entries(body));
  const uses = new Map<PromptParameter, string>();
  for (const [parameter, names] of CHAT_PARAMETER_MEMBERS) {
    const name = names.find((one) => asks(one, members.get(one)));
    if (name !== undefined) uses.set(parameter, name);
  }
  const format = body.response_format?.type;
  if (format === "json_schema") uses.set("structured_output", "response_format");
  if (format === "json_object") uses.set("json_mode", "response_format");
  if (input.images > 0) uses.set("image_input", "messages");
  if (input.audios > 0) uses.set("audio_input", "messages");
  if (input.files > 0) uses.set("document_input", "messages");
  if (body.modalities?.includes("image")) uses.set("image_output", "modalities");
  if (body.modalities?.includes("audio")) uses.set("audio_output", "modalities");
  if (input.hasCacheMarker || body.tools?.some(hasCacheMarker)) uses.set("prompt_cache", "cache_control");
  return uses;
}

function asks(name: string, value: unknown): boolean {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return false;
  return !DEFAULTS.get(name)?.includes(value);
}

/** OpenRouter's and Anthropic's marker, on messages, content parts and tools. */
export const hasCacheMarker = (value: unknown): boolean => isRecord(value) && isRecord(value["cache_control"]);

import type { EncoderOptions } from "../codec.ts";
import { memberText } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { Json } from "./read-response.ts";

/** Members of the request that a response repeats, with OpenAI's own value where the caller left them out. */
const REPEATED = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  reasoning: { effort: null, summary: null },
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: "disabled",
} as const;

/** What of a response does not change while it is made. Nothing is stored, whatever the request wanted. */
export function responseBase(options: EncoderOptions, id: string, model: string): Json {
  const { object } = options.request;
  const repeated = Object.entries(REPEATED).map(([name, standard]) => {
    const text = options.request.format === "openai-responses" ? memberText(object, name) : null;
    const value: unknown = text === null ? null : parseJson(text);
    return [name, name === "tools" && Array.isArray(value) ? value.map(fullTool) : (value ?? standard)];
  });
  return {
    id,
    object: "response",
    created_at: options.createdSeconds,
    error: null,
    incomplete_details: null,
    model,
    previous_response_id: null,
    background: false,
    service_tier: "default",
    store: false,
    ...Object.fromEntries(repeated),
  };
}

/** OpenAI's answers name what a function tool may leave out. */
const fullTool = (tool: unknown): unknown =>
  isRecord(tool) && tool["type"] === "function" ? { strict: null, parameters: null, ...tool } : tool;

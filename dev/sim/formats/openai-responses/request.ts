import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";
import { findIssue, type Found } from "../../issue.ts";
import { type InputItem, message, typedItem } from "./items.ts";
import { checkTogether } from "./rules.ts";

const OUTPUT_TOKENS_MIN = 16;
const TOOLS_MAX = 128;
const TOP_LOGPROBS_MAX = 20;

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
  defer_loading: z.boolean().nullish(),
});
const hostedTool = z.looseObject({
  type: z.string().regex(/^(?!function$)[a-z0-9_]+$/),
  name: z.string().nullish(),
});
const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({
    type: z.literal("allowed_tools"),
    mode: z.enum(["auto", "required"]),
    tools: z.array(z.looseObject({ type: z.string() })),
  }),
  z.strictObject({ type: z.string().regex(/^(?!function$|allowed_tools$)/), name: z.string().nullish() }),
]);
const textFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    schema: z.record(z.string(), z.unknown()),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
]);

const responsesRequest = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.unknown())]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().nullish() }).nullish(),
  max_output_tokens: z.int().min(OUTPUT_TOKENS_MIN).nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_logprobs: z.int().min(0).max(TOP_LOGPROBS_MAX).nullish(),
  tools: z.array(z.unknown()).max(TOOLS_MAX).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .strictObject({ format: textFormat.nullish(), verbosity: z.enum(["low", "medium", "high"]).nullish() })
    .nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh", "max"]).nullish(),
      summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      generate_summary: z.enum(["auto", "concise", "detailed"]).nullish(),
      context: z.string().nullish(),
      mode: z.string().nullish(),
    })
    .nullish(),
  include: z
    .array(
      z.enum([
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
      ]),
    )
    .nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.union([z.string(), z.looseObject({})]).nullish(),
  background: z.boolean().nullish(),
  prompt: z.looseObject({ id: z.string() }).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),
  prompt_cache_retention: z.enum(["in_memory", "in-memory", "24h"]).nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.enum(["auto", "default", "flex", "scale", "priority"]).nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
  context_management: z.array(z.looseObject({})).nullish(),
  user: z.string().nullish(),
});

type Body = z.output<typeof responsesRequest>;
export type FunctionTool = z.output<typeof functionTool>;
export type ResponsesTool = FunctionTool | z.output<typeof hostedTool>;
export interface ResponsesRequest extends Omit<Body, "input" | "tools"> {
  readonly items: readonly InputItem[];
  readonly tools: readonly ResponsesTool[];
}

export type ResponsesRequestResult =
  | { readonly ok: true; readonly request: ResponsesRequest }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks a body as OpenAI does: unknown parameters are refused, items by what their type or role may hold. */
export function parseResponsesRequest(body: unknown): ResponsesRequestResult {
  const parsed = responsesRequest.safeParse(body);
  if (!parsed.success) return { ok: false, refusal: describeIssue(findIssue(parsed.error, body)) };
  const { input, tools: rawTools, ...rest } = parsed.data;
  const items: InputItem[] = [];
  const given = typeof input === "string" ? [{ role: "user", content: input }] : input;
  for (const [at, value] of given.entries()) {
    const item = schemaOfItem(value).safeParse(value);
    if (!item.success) return { ok: false, refusal: describeIssue(findIssue(item.error, body, ["input", at])) };
    items.push(item.data);
  }
  const tools: ResponsesTool[] = [];
  for (const [at, value] of (rawTools ?? []).entries()) {
    const read = (typeOf(value) === "function" ? functionTool : hostedTool).safeParse(value);
    if (!read.success) return { ok: false, refusal: describeIssue(findIssue(read.error, body, ["tools", at])) };
    tools.push(read.data);
  }
  const request = { ...rest, items, tools };
  const refusal = checkTogether(request);
  return refusal === null ? { ok: true, request } : { ok: false, refusal };
}

function schemaOfItem(value: unknown): z.ZodType<InputItem> {
  const type = typeOf(value);
  return type === undefined || type === null || type === "message" ? message : typedItem;
}

const typeOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "type" in value ? value.type : undefined;

/** OpenAI names a field by dots and brackets, `input[0].content[1].text`. */
function describeIssue(found: Found | null): Refusal {
  if (found === null || found.path.length + (found.issue.code === "unrecognized_keys" ? 1 : 0) === 0) {
    return invalidRequest("We could not parse the JSON body of your request.");
  }
  const { issue, path, missing } = found;
  const name = nameOf(path);
  if (issue.code === "unrecognized_keys") {
    const field = nameOf([...path, ...issue.keys.slice(0, 1)]);
    return invalidRequest(`Unknown parameter: '${field}'.`, field, "unknown_parameter");
  }
  if (missing) return invalidRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
  if (issue.code === "too_small" && (issue.origin === "int" || issue.origin === "number")) {
    const message = `Invalid '${name}': integer below minimum value. Expected a value >= ${String(issue.minimum)}.`;
    return invalidRequest(message, name, "integer_below_min_value");
  }
  return invalidRequest(`Invalid value for '${name}': ${issue.message}.`, name, "invalid_value");
}

const nameOf = (path: readonly PropertyKey[]) =>
  path.map((step, at) => (typeof step === "number" ? `[${step}]` : (at > 0 ? "." : "") + String(step))).join("");

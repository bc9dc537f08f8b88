import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";
import type { ChatFlavour } from "./flavours.ts";

const STOPS_MAX = 4;
const TOP_LOGPROBS_MAX = 20;

const part = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  image_url: z.looseObject({ url: z.string(), detail: z.string().nullish() }).nullish(),
});
const message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: z.union([z.string(), z.array(part)]).nullish(),
  name: z.string().nullish(),
  tool_calls: z.array(z.looseObject({ function: z.looseObject({}).nullish() })).nullish(),
});
const tool = z.looseObject({
  type: z.literal("function"),
  function: z.looseObject({
    name: z.string().min(1).max(64),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const toolChoice = z.union([
  z.enum(["none", "auto", "required", "any"]),
  z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
]);
const responseFormat = z.union([
  z.looseObject({ type: z.enum(["text", "json_object"]) }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({ name: z.string(), schema: z.record(z.string(), z.unknown()).nullish() }),
  }),
]);

const chatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  n: z.int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(STOPS_MAX)]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(TOP_LOGPROBS_MAX).nullish(),
  tools: z.array(tool).max(128).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;
export type ChatMessage = ChatRequest["messages"][number];
export type ChatTool = z.output<typeof tool>;

export type ChatRequestResult =
  | { readonly ok: true; readonly request: ChatRequest }
  | { readonly ok: false; readonly refusal: Refusal };

/** Checks a chat completion's body and refuses it as OpenAI words it. Fields that the simulator does not use pass. */
export function parseChatRequest(body: unknown, flavour: ChatFlavour): ChatRequestResult {
  const parsed = chatRequest.safeParse(body);
  if (!parsed.success) return { ok: false, refusal: describeIssue(body, parsed.error.issues[0]) };
  const refusal = checkTogether(parsed.data, flavour);
  return refusal === null ? { ok: true, request: parsed.data } : { ok: false, refusal };
}

function describeIssue(body: unknown, issue: z.core.$ZodIssue | undefined): Refusal {
  const path = issue?.path ?? [];
  const name = path
    .map((step, at) => (typeof step === "number" ? `[${step}]` : (at > 0 ? "." : "") + String(step)))
    .join("");
  if (path.length === 0) return invalidRequest("We could not parse the JSON body of your request.");
  if (name === "model" && !hasField(body, "model")) return invalidRequest("you must provide a model parameter");
  if (path.length === 1 && !hasField(body, name)) {
    return invalidRequest(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
  }
  if (issue?.code === "too_small" && issue.origin === "int") {
    const message = `Invalid '${name}': integer below minimum value. Expected a value >= ${String(issue.minimum)}.`;
    return invalidRequest(message, name, "integer_below_min_value");
  }
  return invalidRequest(`Invalid value for '${name}': ${issue?.message ?? "invalid"}.`, name, "invalid_value");
}

const hasField = (body: unknown, name: string) => typeof body === "object" && body !== null && name in body;

/** The models whose interface takes `max_completion_tokens` only. */
const REASONING_MODEL = /^(?:o\d|gpt-5)/;

function checkTogether(request: ChatRequest, flavour: ChatFlavour): Refusal | null {
  if (REASONING_MODEL.test(request.model) && typeof request.max_tokens === "number") {
    return invalidRequest(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  }
  if (request.stream_options && request.stream !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return invalidRequest(message, "stream_options");
  }
  if ((request.n ?? 1) > flavour.maxChoices) {
    const message = `Invalid 'n': integer above maximum value. Expected a value <= ${flavour.maxChoices}, but got ${request.n ?? 1} instead.`;
    return invalidRequest(message, "n", "integer_above_max_value");
  }
  if (request.logprobs === true && !flavour.logprobs) return invalidRequest("logprobs is not supported", "logprobs");
  if (request.tool_choice && !request.tools?.length && request.tool_choice !== "none") {
    const message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
    return invalidRequest(message, "tool_choice");
  }
  return checkToolChoice(request);
}

function checkToolChoice(request: ChatRequest): Refusal | null {
  if (typeof request.tool_choice !== "object" || request.tool_choice === null) return null;
  const { name } = request.tool_choice.function;
  if (request.tools?.some((tool) => tool.function.name === name)) return null;
  return invalidRequest(`Tool choice 'function' not found in 'tools' parameter: ${name}.`, "tool_choice");
}

import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";
import { describeIssue } from "./refuse.ts";

const STOPS_MAX = 5;
const K_MAX = 500;

const json = z.record(z.string(), z.unknown());
const textPart = z.strictObject({ type: z.literal("text"), text: z.string() });
const imagePart = z.strictObject({
  type: z.literal("image_url"),
  image_url: z.strictObject({ url: z.string().min(1), detail: z.enum(["auto", "low", "high"]).optional() }),
});
const thinkingPart = z.strictObject({ type: z.literal("thinking"), thinking: z.string() });
const documentPart = z.strictObject({
  type: z.literal("document"),
  document: z.looseObject({ id: z.string().optional(), data: z.unknown() }),
});
const contentOf = <T extends z.ZodType>(part: T) => z.union([z.string(), z.array(part)]);
const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal("function"),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("system"), content: contentOf(textPart) }),
  z.strictObject({ role: z.literal("user"), content: contentOf(z.union([textPart, imagePart])) }),
  z.strictObject({
    role: z.literal("assistant"),
    content: contentOf(z.union([textPart, thinkingPart])).nullish(),
    tool_plan: z.string().nullish(),
    tool_calls: z.array(toolCall).nullish(),
    citations: z.array(z.unknown()).nullish(),
  }),
  z.strictObject({
    role: z.literal("tool"),
    tool_call_id: z.string().min(1),
    content: contentOf(z.union([textPart, documentPart])),
  }),
]);

/** Ranges as Cohere has them: penalties are never negative, `p` never 0 or 1. Source: Cohere API reference, `POST /v2/chat`. */
const chatRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  stream: z.boolean().optional(),
  max_tokens: z.int().min(1).optional(),
  temperature: z.number().min(0).optional(),
  p: z.number().min(0.01).max(0.99).optional(),
  k: z.int().min(0).max(K_MAX).optional(),
  seed: z.int().min(0).optional(),
  frequency_penalty: z.number().min(0).max(1).optional(),
  presence_penalty: z.number().min(0).max(1).optional(),
  stop_sequences: z.array(z.string()).max(STOPS_MAX).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal("function"),
        function: z.strictObject({ name: z.string().min(1), description: z.string().optional(), parameters: json }),
      }),
    )
    .optional(),
  tool_choice: z.enum(["REQUIRED", "NONE"]).optional(),
  strict_tools: z.boolean().optional(),
  documents: z.array(z.union([z.string(), z.looseObject({ id: z.string().optional() })])).optional(),
  citation_options: z.strictObject({ mode: z.string() }).optional(),
  response_format: z.strictObject({ type: z.enum(["text", "json_object"]), json_schema: json.optional() }).optional(),
  thinking: z
    .strictObject({ type: z.enum(["enabled", "disabled"]), token_budget: z.int().min(1).optional() })
    .optional(),
  safety_mode: z.enum(["CONTEXTUAL", "STRICT", "OFF"]).optional(),
  logprobs: z.boolean().optional(),
  priority: z.int().optional(),
  raw_prompting: z.boolean().optional(),
});

export type CohereRequest = z.output<typeof chatRequest>;
export type CohereMessage = CohereRequest["messages"][number];

export type CohereResult =
  | { readonly ok: true; readonly request: CohereRequest }
  | { readonly ok: false; readonly refusal: Refusal };

export function parseChat(body: unknown): CohereResult {
  const parsed = chatRequest.safeParse(body);
  if (!parsed.success) return { ok: false, refusal: describeIssue(parsed.error.issues[0]) };
  const fault = checkTogether(parsed.data);
  return fault === null ? { ok: true, request: parsed.data } : { ok: false, refusal: invalidRequest(fault) };
}

function checkTogether(request: CohereRequest): string | null {
  if (request.tool_choice !== undefined && !request.tools?.length) {
    return "invalid request: tool_choice cannot be specified without tools";
  }
  if (request.response_format?.type === "json_object" && request.tools?.length) {
    return "invalid request: response_format is not supported with tools";
  }
  const called = new Set<string>();
  for (const each of request.messages) {
    if (each.role === "assistant") {
      for (const { id } of each.tool_calls ?? []) called.add(id);
      if (!each.content?.length && !each.tool_calls?.length) {
        return "invalid request: an assistant message must have either content or tool_calls";
      }
    }
    if (each.role === "tool" && !called.has(each.tool_call_id)) {
      return `invalid request: cannot find a tool call with the id '${each.tool_call_id}'`;
    }
    if (each.role === "user" && each.content.length === 0) {
      return "invalid request: message must be at least 1 token long or tool results must be specified.";
    }
  }
  return null;
}

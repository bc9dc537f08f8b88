import { z } from "zod";
import { invalidRequest, type Refusal } from "../../format.ts";
import { findIssue, type Found } from "../../issue.ts";
import { cacheControl, contentBlock, textBlock, tool } from "./blocks.ts";
import { checkTogether } from "./rules.ts";

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };
const toolChoice = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("auto"), ...parallel }),
  z.strictObject({ type: z.literal("any"), ...parallel }),
  z.strictObject({ type: z.literal("tool"), name: z.string(), ...parallel }),
  z.strictObject({ type: z.literal("none") }),
]);
const display = { display: z.enum(["summarized", "omitted"]).nullish() };
const thinking = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("enabled"),
    budget_tokens: z.int().min(1024, "Input should be greater than or equal to 1024"),
    ...display,
  }),
  z.strictObject({ type: z.literal("adaptive"), ...display }),
  z.strictObject({ type: z.literal("between_tools") }),
  z.strictObject({ type: z.literal("disabled") }),
]);
const message = z.strictObject({
  role: z.enum(["user", "assistant", "system"]),
  content: z.union([z.string(), z.array(contentBlock)]),
});

const counted = {
  model: z.string().min(1),
  messages: z.array(message).min(1, "at least one message is required"),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullish(),
      format: z.strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) }).nullish(),
    })
    .nullish(),
  cache_control: cacheControl,
  context_management: z.looseObject({}).nullish(),
  mcp_servers: z.array(z.looseObject({})).nullish(),
  speed: z.enum(["standard", "fast"]).nullish(),
};
const messagesRequest = z.strictObject({
  ...counted,
  max_tokens: z.int().min(1, "must be greater than or equal to 1"),
  stream: z.boolean().nullish(),
  stop_sequences: z.array(z.string().regex(/\S/, "each stop sequence must contain non-whitespace")).nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  metadata: z.strictObject({ user_id: z.string().max(512).nullish() }).nullish(),
  service_tier: z.enum(["auto", "standard_only"]).nullish(),
  container: z.union([z.string(), z.looseObject({})]).nullish(),
  inference_geo: z.string().nullish(),
  diagnostics: z.looseObject({}).nullish(),
  user_profile_id: z.string().nullish(),
  workspace_id: z.string().nullish(),
});
/** A request to count tokens knows no sampling and no maximum. */
const countRequest = z.strictObject(counted);

export type CountRequest = z.output<typeof countRequest>;
export type MessagesRequest = z.output<typeof messagesRequest>;
export type Message = MessagesRequest["messages"][number];

type Read<T> = { readonly ok: true; readonly request: T } | { readonly ok: false; readonly refusal: Refusal };

/** Checks a body as Anthropic does, and refuses it in its words. Sources: the API reference and its error texts. */
export function parseMessagesRequest(body: unknown): Read<MessagesRequest> {
  return check(body, messagesRequest);
}

export function parseCountRequest(body: unknown): Read<CountRequest> {
  return check(body, countRequest);
}

function check<T extends CountRequest>(body: unknown, schema: z.ZodType<T>): Read<T> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return { ok: false, refusal: describeIssue(findIssue(parsed.error, body)) };
  const broken = checkTogether(parsed.data);
  return broken === null ? { ok: true, request: parsed.data } : { ok: false, refusal: invalidRequest(broken) };
}

/** Anthropic names a field by dots and numbers, `messages.0.content.1.text`. */
function describeIssue(found: Found | null): Refusal {
  const path = found === null ? [] : found.path;
  if (found?.issue.code === "unrecognized_keys") {
    const field = [...path, ...found.issue.keys.slice(0, 1)].map(String).join(".");
    return invalidRequest(`${field}: Extra inputs are not permitted`);
  }
  const name = path.length === 0 ? "body" : path.map(String).join(".");
  if (found?.missing) return invalidRequest(`${name}: Field required`);
  return invalidRequest(`${name}: ${found?.issue.message ?? "Input is not valid"}`);
}

import type { Directives } from "../../directives.ts";
import { splitTokens } from "../../tokens.ts";
import { type PlannedUsage, planText, planUsage, type TextPlan, type TextWish } from "../text-plan.ts";
import type { CohereRequest } from "./request.ts";

/** What will be answered. `usage` is null when a directive withholds it. */
export interface CoherePlan {
  readonly text: TextPlan;
  /** What the model says it will do before it calls tools. */
  readonly toolPlanTokens: readonly string[];
  readonly citation: Citation | null;
  readonly usage: CohereUsage | null;
}

export interface Citation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly sources: readonly object[];
  readonly type: "TEXT_CONTENT";
}

/** What is billed, and beside it the tokens with the templates around a prompt. `cached_tokens` are of the latter. */
export interface CohereUsage {
  readonly billed_units: { readonly input_tokens: number; readonly output_tokens: number };
  readonly tokens: { readonly input_tokens: number; readonly output_tokens: number };
  readonly cached_tokens: number;
}

const DEFAULT_THINKING_TOKENS = 10;
/** What Cohere's templates cost beside a prompt, as a recorded answer has it. */
const TEMPLATE_TOKENS = 495;
const TOOL_PLAN = splitTokens("I will use the tools that fit.");
const CITED_TOKENS = 3;

export function planChat(
  request: CohereRequest,
  promptTokens: number,
  directives: Directives,
  seed: number,
): CoherePlan {
  const reasoning = directives.reasoning ?? (request.thinking?.type === "enabled" ? DEFAULT_THINKING_TOKENS : 0);
  const text = planText(wishOf(request), { ...directives, reasoning }, seed);
  const toolPlanTokens = text.calls.length > 0 ? TOOL_PLAN : [];
  const counted = planUsage([text], promptTokens, directives);
  return {
    text,
    toolPlanTokens,
    citation: citationOf(request, text),
    usage: counted === null ? null : usageOf(counted, toolPlanTokens.length, directives),
  };
}

function usageOf({ prompt, output }: PlannedUsage, planned: number, directives: Directives): CohereUsage {
  const isFree = directives.zero_usage === true;
  const made = directives.usage_output === undefined && !isFree ? output + planned : output;
  return {
    billed_units: { input_tokens: prompt, output_tokens: made },
    tokens: { input_tokens: isFree ? 0 : prompt + TEMPLATE_TOKENS, output_tokens: made },
    cached_tokens: isFree ? 0 : (directives.cached ?? 0),
  };
}

export function wishOf(request: CohereRequest): TextWish {
  const { response_format: format, tools = [], tool_choice: choice } = request;
  const schema = format?.type === "json_object" ? format.json_schema : undefined;
  return {
    maximumTokens: request.max_tokens ?? null,
    stops: request.stop_sequences ?? [],
    tools: tools.map(({ function: { name, parameters } }) => ({ name, schema: parameters })),
    toolChoice: { type: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : "auto" },
    output:
      schema === undefined ? { type: format?.type === "json_object" ? "json" : "text" } : { type: "schema", schema },
  };
}

/** The first words of an answer are cited from the first document or tool result, where there is one. */
function citationOf(request: CohereRequest, { tokens }: TextPlan): Citation | null {
  const source = sourceOf(request);
  if (source === null || tokens.length === 0 || request.citation_options?.mode === "OFF") return null;
  const text = tokens.slice(0, CITED_TOKENS).join("");
  return { start: 0, end: text.length, text, sources: [source], type: "TEXT_CONTENT" };
}

function sourceOf({ documents, messages }: CohereRequest): object | null {
  const [document] = documents ?? [];
  if (document !== undefined) {
    const fields = typeof document === "string" ? { content: document } : document;
    return { type: "document", id: "doc:0", document: { id: "doc:0", ...fields } };
  }
  const result = messages.findLast(({ role }) => role === "tool");
  if (result?.role !== "tool") return null;
  return { type: "tool", id: `${result.tool_call_id}:0`, tool_output: { content: JSON.stringify(result.content) } };
}

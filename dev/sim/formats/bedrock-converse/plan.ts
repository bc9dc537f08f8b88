import type { Directives } from "../../directives.ts";
import { type CacheUse, steerCache } from "../anthropic-messages/prompt.ts";
import { type PlannedUsage, planText, planUsage, type TextPlan, type TextWish } from "../text-plan.ts";
import { type ConverseRequest, specsOf } from "./request.ts";

const DEFAULT_THINKING_TOKENS = 10;

/** What will be answered. `usage` is null when a directive withholds it. */
export interface ConversePlan {
  readonly text: TextPlan;
  readonly isRedacted: boolean;
  readonly usage: ConverseUsage | null;
}

/** Source: Bedrock API reference, TokenUsage. Input is without what the cache took; the longer time comes first. */
export interface ConverseUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheWriteInputTokens: number;
  readonly cacheDetails?: readonly { readonly ttl: "5m" | "1h"; readonly inputTokens: number }[];
}

export function planConverse(
  request: ConverseRequest,
  promptTokens: number,
  cacheUse: CacheUse,
  directives: Directives,
  seed: number,
): ConversePlan {
  const thinking = request.additionalModelRequestFields?.["thinking"];
  const thinks = typeof thinking === "object" && thinking !== null && "type" in thinking && thinking.type === "enabled";
  const reasoning = directives.reasoning ?? (thinks ? DEFAULT_THINKING_TOKENS : 0);
  const text = planText(wishOf(request), { ...directives, reasoning }, seed);
  const counted = planUsage([text], promptTokens, directives);
  const use = directives.zero_usage ? NO_CACHE : steerCache(cacheUse, directives);
  return {
    text,
    isRedacted: directives.redacted ?? false,
    usage: counted === null ? null : usageOf(counted, use),
  };
}

export const NO_CACHE: CacheUse = { read: 0, written5m: 0, written1h: 0 };

export function wishOf(request: ConverseRequest): TextWish {
  const { inferenceConfig, toolConfig, outputConfig } = request;
  const schema = outputConfig?.textFormat?.structure.jsonSchema.schema;
  return {
    maximumTokens: inferenceConfig?.maxTokens ?? null,
    stops: inferenceConfig?.stopSequences ?? [],
    tools: specsOf(request).map(({ name, inputSchema }) => ({ name, schema: inputSchema.json })),
    toolChoice: toolChoiceOf(toolConfig?.toolChoice),
    output: schema === undefined ? { type: "text" } : { type: "schema", schema: parseSchema(schema) },
  };
}

function toolChoiceOf(choice: NonNullable<ConverseRequest["toolConfig"]>["toolChoice"]): TextWish["toolChoice"] {
  if (choice === undefined || "auto" in choice) return { type: "auto" };
  return "any" in choice ? { type: "required" } : { type: "tool", name: choice.tool.name };
}

/** The schema of an answer travels as text; null where it is none. */
export function parseSchema(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function usageOf({ prompt, output }: PlannedUsage, use: CacheUse): ConverseUsage {
  const read = Math.max(0, Math.min(use.read, prompt));
  const long = Math.max(0, Math.min(use.written1h, prompt - read));
  const short = Math.max(0, Math.min(use.written5m, prompt - read - long));
  const written = long + short;
  const details = [
    { ttl: "1h" as const, inputTokens: long },
    { ttl: "5m" as const, inputTokens: short },
  ].filter(({ inputTokens }) => inputTokens > 0);
  return {
    inputTokens: prompt - read - written,
    outputTokens: output,
    totalTokens: prompt + output,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written,
    ...(details.length > 0 ? { cacheDetails: details } : {}),
  };
}

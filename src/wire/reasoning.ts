import type { ReasoningEffort, ReasoningRequest } from "./prompt.ts";

/** The budget that stands for an effort, as a share of the output maximum, in per mille. The shares are OpenRouter's published ones. */
const EFFORT_PER_MILLE: Readonly<Record<ReasoningEffort, number>> = {
  none: 0,
  minimal: 100,
  low: 200,
  medium: 500,
  high: 800,
  xhigh: 950,
};

/** Anthropic's least budget; a smaller one is refused. */
export const BUDGET_MINIMUM_TOKENS = 1_024;
const BUDGET_MAXIMUM_TOKENS = 128_000;

/** The effort that a request names, or the one nearest to its budget. Null: neither was named. */
export function effortOf({ effort, budgetTokens }: ReasoningRequest): ReasoningEffort | null {
  if (effort !== null || budgetTokens === null) return effort;
  if (budgetTokens === 0) return "none";
  if (budgetTokens < 0) return null;
  if (budgetTokens <= 2_048) return "low";
  if (budgetTokens <= 16_384) return "medium";
  return "high";
}

/** The budget that a request names, or its effort's share of the output maximum. Null: neither; 0: none at all. */
export function budgetOf({ effort, budgetTokens }: ReasoningRequest, outputTokens: number | null): number | null {
  if (budgetTokens !== null || effort === null) return budgetTokens;
  if (effort === "none") return 0;
  const share = Math.floor(((outputTokens ?? BUDGET_MAXIMUM_TOKENS) * EFFORT_PER_MILLE[effort]) / 1_000);
  return Math.min(BUDGET_MAXIMUM_TOKENS, Math.max(BUDGET_MINIMUM_TOKENS, share));
}

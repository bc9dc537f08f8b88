import type { UpstreamFormat } from "../formats.ts";
import { invalidParameter } from "../parse-body.ts";
import type { Prompt, ReasoningEffort, ReasoningRequest } from "../prompt.ts";
import { BUDGET_MINIMUM_TOKENS, budgetOf, effortOf } from "../reasoning.ts";
import type { ModelTraits } from "./model-traits.ts";

/** The members that say how much to think; undefined ones are left out. */
export interface EncodedThinking {
  readonly thinking?: Readonly<Record<string, unknown>> | undefined;
  readonly effort?: string | undefined;
}

/** True where a prompt asks for reasoning. Sampling is then left out, whatever becomes of it: Claude takes one or the other. */
export function wantsThinking(reasoning: ReasoningRequest | null): boolean {
  return reasoning !== null && effortOf(reasoning) !== "none";
}

/**
 * Reasoning in Claude's terms: an effort for models that think as they see fit, a budget below the output maximum for
 * those before 4.6. A forced tool goes before thinking, as no model does both; models that cannot but think are asked
 * for little. Throws AppError `invalid_parameter` for a budget that the output maximum has no room for. `signer`: whose Claude it is.
 */
export function encodeThinking(
  prompt: Prompt,
  outputTokens: number,
  traits: ModelTraits,
  signer: UpstreamFormat = "anthropic-messages",
): EncodedThinking {
  const { reasoning, toolChoice } = prompt;
  if (!reasoning) return {};
  const effort = effortOf(reasoning);
  const display = reasoning.show === false ? "omitted" : "summarized";
  if (effort === "none") return traits.thinking === "always" ? { effort: "low" } : { thinking: { type: "disabled" } };
  const isForced = toolChoice?.type === "required" || toolChoice?.type === "tool";
  if (traits.thinking !== "budget") {
    const name = effort === null ? undefined : effortName(effort, traits);
    return isForced ? { effort: name } : { thinking: { type: "adaptive", display }, effort: name };
  }
  if (isForced || continuesUnsigned(prompt, signer)) return {};
  const budget = budgetOf(reasoning, outputTokens) ?? BUDGET_MINIMUM_TOKENS;
  if (outputTokens > BUDGET_MINIMUM_TOKENS) {
    const budgetTokens = Math.min(Math.max(budget, BUDGET_MINIMUM_TOKENS), outputTokens - 1);
    return { thinking: { type: "enabled", budget_tokens: budgetTokens } };
  }
  if (reasoning.budgetTokens === null) return {};
  throw invalidParameter("reasoning", `needs an output maximum of more than ${BUDGET_MINIMUM_TOKENS} tokens.`);
}

function effortName(effort: ReasoningEffort, traits: ModelTraits): string {
  if (effort === "minimal") return "low";
  return effort === "xhigh" && !traits.hasXhigh ? "high" : effort;
}

/**
 * True where tool results answer a turn whose reasoning is missing: clients of formats that do not carry it never send it
 * back, and models with budgets refuse to go on thinking there.
 */
function continuesUnsigned({ messages }: Prompt, signer: UpstreamFormat): boolean {
  const last = messages.findLast(({ role }) => role !== "system");
  if (!last?.parts.some(({ type }) => type === "tool-result")) return false;
  const turn = messages.findLast(({ role }) => role === "assistant");
  return !turn?.parts.some((part) => part.type === "reasoning" && part.signature?.format === signer);
}

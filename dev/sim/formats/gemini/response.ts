import type { Identity } from "../../format.ts";
import { tokenFrom } from "../../text.ts";
import type { TextPlan } from "../text-plan.ts";
import { callParts, finishOf, imagePart, isSigned, PROMPT_FEEDBACK, signatureOf } from "./parts.ts";
import type { GeminiPlan } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

export const responseIdOf = ({ number }: Identity) => tokenFrom(number, 23);

/** A whole `GenerateContentResponse`. All but its id is worked out once. */
export function responseTemplate(plan: GeminiPlan) {
  const fields = {
    ...(plan.isBlocked
      ? { promptFeedback: PROMPT_FEEDBACK }
      : { candidates: plan.candidates.map((candidate, index) => candidateOf(plan, candidate, index)) }),
    ...(plan.usage === null ? {} : { usageMetadata: plan.usage }),
    modelVersion: plan.model,
  };
  return (identity: Identity) => `${JSON.stringify({ ...fields, responseId: responseIdOf(identity) }, null, 2)}\n`;
}

function candidateOf(plan: GeminiPlan, candidate: TextPlan, index: number): Json {
  const called = candidate.calls.length > 0;
  return {
    content: { parts: partsOf(plan, candidate), role: "model" },
    ...finishOf(plan, candidate, index),
    ...(called && candidate.end === "tool-calls" ? { finishMessage: "Model generated function call(s)." } : {}),
  };
}

function partsOf(plan: GeminiPlan, candidate: TextPlan): Json[] {
  const parts: Json[] = [];
  if (plan.showsThoughts && candidate.reasoningTokens.length > 0) {
    parts.push({ text: candidate.reasoningTokens.join(""), thought: true });
  }
  if (candidate.tokens.length > 0) {
    const signature = isSigned(candidate) ? { thoughtSignature: signatureOf(candidate) } : {};
    parts.push({ text: candidate.tokens.join(""), ...signature });
  }
  parts.push(...callParts(candidate, plan.model));
  if (plan.hasImage) parts.push(imagePart());
  return parts.length === 0 ? [{ text: "" }] : parts;
}

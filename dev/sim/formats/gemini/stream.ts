import type { Identity } from "../../format.ts";
import { splitTokens } from "../../tokens.ts";
import type { TextPlan } from "../text-plan.ts";
import { callParts, finishOf, imagePart, isSigned, PROMPT_FEEDBACK, signatureOf } from "./parts.ts";
import { type GeminiPlan, type GeminiUsage, IMAGE_TOKENS } from "./plan.ts";
import { responseIdOf } from "./response.ts";

type Json = Readonly<Record<string, unknown>>;

interface Step {
  readonly fields: Json;
  /** Output tokens that this step adds; thoughts are counted from the first chunk on. */
  readonly tokens: number;
}

/** The chunks of a stream: each a whole response with what is new in it, and the usage so far. */
export function streamTemplate(plan: GeminiPlan) {
  const heads = [...chunks(plan)].map((chunk) => JSON.stringify(chunk).slice(0, -1));
  return (identity: Identity): string[] => {
    const tail = `,"responseId":"${responseIdOf(identity)}"}`;
    return heads.map((head) => head + tail);
  };
}

function* chunks(plan: GeminiPlan): Generator<Json> {
  const ending = { modelVersion: plan.model };
  if (plan.isBlocked) {
    yield { promptFeedback: PROMPT_FEEDBACK, ...usageAt(plan.usage, Infinity), ...ending };
    return;
  }
  const lanes = plan.candidates.map((candidate, index) => [...steps(plan, candidate, index)]);
  const longest = Math.max(...lanes.map((lane) => lane.length));
  const ordered = Array.from({ length: longest }, (_, step) =>
    lanes.flatMap((lane) => lane.slice(step, step + 1)),
  ).flat();
  let made = 0;
  for (const [at, { fields, tokens }] of ordered.entries()) {
    made += tokens;
    yield { candidates: [fields], ...usageAt(plan.usage, at === ordered.length - 1 ? Infinity : made), ...ending };
  }
}

function* steps(plan: GeminiPlan, candidate: TextPlan, index: number): Generator<Step> {
  const step = (part: Json, tokens = 0): Step => ({
    fields: { content: { parts: [part], role: "model" }, index },
    tokens,
  });
  if (plan.showsThoughts) {
    for (const token of candidate.reasoningTokens) yield step({ text: token, thought: true });
  }
  for (const token of candidate.tokens) yield step({ text: token }, 1);
  for (const [at, part] of callParts(candidate, plan.model).entries()) {
    const call = candidate.calls[at];
    const named = splitTokens(call?.name ?? "").length;
    yield step(part, named + (call?.argumentTokens.length ?? 0));
  }
  if (plan.hasImage) yield step(imagePart(), IMAGE_TOKENS);
  const isText = candidate.calls.length === 0 && isSigned(candidate);
  const last = { text: "", ...(isText ? { thoughtSignature: signatureOf(candidate) } : {}) };
  yield { fields: { content: { parts: [last], role: "model" }, ...finishOf(plan, candidate, index) }, tokens: 0 };
}

/** Every chunk carries the usage so far; the last one what counts. */
function usageAt(usage: GeminiUsage | null, made: number): Json {
  if (usage === null) return {};
  if (made >= usage.candidatesTokenCount) return { usageMetadata: usage };
  const missing = usage.candidatesTokenCount - made;
  const { candidatesTokensDetails: _, ...rest } = usage;
  return {
    usageMetadata: { ...rest, candidatesTokenCount: made, totalTokenCount: usage.totalTokenCount - missing },
  };
}

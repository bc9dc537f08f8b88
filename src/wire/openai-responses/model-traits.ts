import type { ReasoningEffort } from "../prompt.ts";

/** What the requests for one of OpenAI's models have to heed. */
export interface ModelTraits {
  readonly reasons: boolean;
  /** Empty where it does not reason. */
  readonly efforts: readonly ReasoningEffort[];
  /** The only one of the two endpoints on which it answers; null where it answers on both. */
  readonly onlyOn: "openai-chat" | "openai-responses" | null;
}

const ORDER = ["none", "minimal", "low", "medium", "high", "xhigh"] as const satisfies readonly ReasoningEffort[];

const FAMILY = /^(?:ft:)?(?:o\d|gpt-(\d{1,3})(?:\.(\d{1,3}))?|codex|computer-use)(?:-|$|:)/;
/** Sources: OpenAI's model pages ("Endpoints") and reasoning guide ("effort"), as of 2026. */
const RESPONSES_ONLY = /codex|deep-research|computer-use|^(?:o\d|gpt-5)-pro/;
const CHAT_ONLY = /-(?:search|audio)-preview|^gpt-audio|^gpt-3\.5-turbo-16k/;
const CHAT_VARIANT = /^gpt-\d+(?:\.\d+)?-(?:chat|search|audio|realtime|image)/;

/** What is known of a model by its name; a name that says nothing is taken for a model that does not reason. */
export function traitsOf(model: string): ModelTraits {
  const match = FAMILY.exec(model);
  const major = Number(match?.[1] ?? 0);
  const reasons = match !== null && (match[1] === undefined || major >= 5) && !CHAT_VARIANT.test(model);
  return {
    reasons,
    efforts: reasons ? effortsOf(model, major, Number(match[2] ?? 0)) : [],
    onlyOn: RESPONSES_ONLY.test(model) ? "openai-responses" : CHAT_ONLY.test(model) ? "openai-chat" : null,
  };
}

function effortsOf(model: string, major: number, minor: number): readonly ReasoningEffort[] {
  const isPro = /-pro(?:-|$)/.test(model);
  if (major < 5) return from("low", "high");
  if (major > 5) return from(isPro ? "medium" : "low", "xhigh");
  const most = minor >= 2 || model.includes("codex-max") ? "xhigh" : "high";
  if (isPro) return minor === 0 ? ["high"] : from("medium", most);
  if (model.includes("codex")) return from("low", most);
  if (minor === 0) return from("minimal", most);
  return ["none", ...from("low", most)];
}

const from = (least: ReasoningEffort, most: ReasoningEffort): readonly ReasoningEffort[] =>
  ORDER.slice(ORDER.indexOf(least), ORDER.indexOf(most) + 1);

/** The effort that the model knows and that is nearest to the one asked for; of two as near, the greater. */
export function nearestEffort(efforts: readonly ReasoningEffort[], wanted: ReasoningEffort): ReasoningEffort | null {
  const distance = (effort: ReasoningEffort): number => Math.abs(ORDER.indexOf(effort) - ORDER.indexOf(wanted));
  let nearest: ReasoningEffort | null = null;
  for (const effort of efforts) if (nearest === null || distance(effort) <= distance(nearest)) nearest = effort;
  return nearest;
}

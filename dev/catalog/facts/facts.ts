import type { Capability, Modality } from "../../../src/catalog/types.ts";

/** What a model is for; the generator knows the operations and the prices that each kind needs. */
export type Kind =
  | "text"
  | "text_image"
  | "embeddings"
  | "rerank"
  | "moderations"
  | "images"
  | "image_edits"
  | "speech"
  | "transcriptions"
  | "translations";

/**
 * What the price package does not know: limits, modalities and capabilities. Read in the providers' model pages and in
 * models.dev (MIT) on 2026-11-22 and 2026-11-25. A limit that is missing is unknown, and admission takes its own bound.
 */
export interface Facts {
  /** Text where missing. */
  readonly kind?: Kind;
  readonly context?: number;
  readonly maxOutput?: number;
  readonly imageTokens?: number;
  readonly input?: readonly Modality[];
  readonly capabilities?: readonly Capability[];
  readonly output?: readonly Modality[];
  readonly quantization?: string;
  /** It reasons only for requests that ask for it; what reasons otherwise may do so unasked, and unseen. */
  readonly reasonsWhenAsked?: true;
  /** Where the provider keeps this model's content for longer than others'. */
  readonly retention?: "temporary";
}

/** Facts for the upstream names that a pattern matches; the first match of a provider wins. */
export interface FactsRule extends Facts {
  readonly provider: string;
  readonly pattern: RegExp;
}

export type AddRule = (pattern: RegExp, facts: Facts) => FactsRule;

export const rulesOf =
  (provider: string): AddRule =>
  (pattern, facts) => ({ provider, pattern, ...facts });

export const SEES: readonly Modality[] = ["text", "image"];
export const READS_FILES: readonly Modality[] = ["text", "image", "file"];
export const HEARS: readonly Modality[] = ["text", "image", "audio", "file"];
export const TOOLS: readonly Capability[] = ["tools", "structured_output"];
export const CHAT: readonly Capability[] = [...TOOLS, "logprobs", "prompt_cache"];
export const REASONS: readonly Capability[] = [...TOOLS, "reasoning", "prompt_cache"];
export const THINKS: readonly Capability[] = [...TOOLS, "reasoning"];

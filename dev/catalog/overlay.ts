import type { Capability, Modality } from "../../src/catalog/types.ts";

/**
 * What the price package does not know: limits, modalities and capabilities, by patterns on the upstream name, the first
 * match of a provider winning. Read in the providers' model pages and in models.dev (MIT) on 2026-11-22. A limit that is
 * missing is unknown, and admission then takes its own bound.
 */
export interface Facts {
  readonly context?: number;
  readonly maxOutput?: number;
  readonly imageTokens?: number;
  readonly input?: readonly Modality[];
  readonly output?: readonly Modality[];
  readonly capabilities?: readonly Capability[];
}

export interface FactsRule extends Facts {
  readonly provider: string;
  readonly pattern: RegExp;
}

const SEES: readonly Modality[] = ["text", "image"];
const TOOLS: readonly Capability[] = ["tools", "structured_output"];
const CHAT: readonly Capability[] = [...TOOLS, "logprobs", "prompt_cache"];
const REASONS: readonly Capability[] = [...TOOLS, "reasoning", "prompt_cache"];
/** Image input by 32-pixel patches ends at 10,000 patches; by 512-pixel tiles it is far less. */
const PATCH_IMAGE_TOKENS = 10_000;
/** gpt-4o-mini multiplies tile tokens: 2,833 and 5,667 for each of at most 8 tiles. */
const MINI_IMAGE_TOKENS = 48_169;
const XAI_IMAGE_TOKENS = 2_048;

const openai = (pattern: RegExp, facts: Facts): FactsRule => ({ provider: "openai", pattern, ...facts });
const groq = (pattern: RegExp, facts: Facts): FactsRule => ({ provider: "groq", pattern, ...facts });
const mistral = (pattern: RegExp, facts: Facts): FactsRule => ({ provider: "mistral", pattern, ...facts });
const xai = (pattern: RegExp, facts: Facts): FactsRule => ({ provider: "xai", pattern, ...facts });

export const FACTS: readonly FactsRule[] = [
  openai(/^text-embedding/, { context: 8_192 }),
  openai(/^gpt-audio/, {
    maxOutput: 16_384,
    input: ["text", "audio"],
    output: ["text", "audio"],
    capabilities: ["tools"],
  }),
  openai(/^gpt-5(\.\d)?-chat/, {
    context: 128_000,
    maxOutput: 16_384,
    input: SEES,
    imageTokens: PATCH_IMAGE_TOKENS,
    capabilities: [...TOOLS, "prompt_cache"],
  }),
  openai(/^gpt-[56]/, { maxOutput: 128_000, input: SEES, imageTokens: PATCH_IMAGE_TOKENS, capabilities: REASONS }),
  openai(/^o3-mini/, { maxOutput: 100_000, capabilities: REASONS }),
  openai(/^o[134]/, { maxOutput: 100_000, input: SEES, imageTokens: PATCH_IMAGE_TOKENS, capabilities: REASONS }),
  openai(/^gpt-4\.1/, { maxOutput: 32_768, input: SEES, imageTokens: PATCH_IMAGE_TOKENS, capabilities: CHAT }),
  openai(/^gpt-4o-mini/, { maxOutput: 16_384, input: SEES, imageTokens: MINI_IMAGE_TOKENS, capabilities: CHAT }),
  openai(/^gpt-4o-2024-05-13$/, {
    maxOutput: 4_096,
    input: SEES,
    imageTokens: PATCH_IMAGE_TOKENS,
    capabilities: ["tools", "logprobs"],
  }),
  openai(/^gpt-4o/, { maxOutput: 16_384, input: SEES, imageTokens: PATCH_IMAGE_TOKENS, capabilities: CHAT }),
  openai(/^gpt-4-turbo(-2024|$)/, {
    maxOutput: 4_096,
    input: SEES,
    imageTokens: PATCH_IMAGE_TOKENS,
    capabilities: ["tools", "logprobs"],
  }),
  openai(/^gpt-4-(turbo|0125|1106)/, { maxOutput: 4_096, capabilities: ["tools", "logprobs"] }),
  openai(/^gpt-4/, { maxOutput: 8_192, capabilities: ["tools", "logprobs"] }),
  openai(/^gpt-3\.5/, { maxOutput: 4_096, capabilities: ["tools", "logprobs"] }),
  groq(/gpt-oss/, { maxOutput: 65_536, capabilities: REASONS }),
  groq(/llama-guard/, { maxOutput: 1_024, input: SEES }),
  groq(/llama-4/, { maxOutput: 8_192, input: SEES, capabilities: TOOLS }),
  groq(/llama-3\.3-70b-versatile/, { context: 131_072, maxOutput: 32_768, capabilities: ["tools"] }),
  groq(/llama-3\.1-8b-instant/, { context: 131_072, maxOutput: 131_072, capabilities: ["tools"] }),
  groq(/qwen3/, { maxOutput: 40_960, capabilities: ["tools", "reasoning"] }),
  groq(/kimi-k2/, { maxOutput: 16_384, capabilities: [...TOOLS, "prompt_cache"] }),
  mistral(/^mistral-embed/, { context: 8_192 }),
  mistral(/^magistral/, { capabilities: [...TOOLS, "reasoning"] }),
  mistral(/^(pixtral|mistral-medium|mistral-small|mistral-large-2512|ministral-\d+b-2512)/, {
    input: SEES,
    capabilities: TOOLS,
  }),
  mistral(/./, { capabilities: TOOLS }),
  { provider: "deepseek", pattern: /^deepseek-v4/, maxOutput: 384_000, capabilities: REASONS },
  xai(/^grok-(3-mini|code)/, { capabilities: REASONS }),
  xai(/^grok-3/, { capabilities: CHAT }),
  xai(/non-reasoning/, { input: SEES, imageTokens: XAI_IMAGE_TOKENS, capabilities: CHAT }),
  xai(/^grok/, { input: SEES, imageTokens: XAI_IMAGE_TOKENS, capabilities: REASONS }),
];

/** Names that the package matches only by a pattern (`starts_with`), so that it does not list them. */
export const MORE_NAMES: Readonly<Record<string, readonly string[]>> = {
  "openai/gpt-5-nano": ["gpt-5-nano-2025-08-07"],
  "mistral/magistral-medium": ["magistral-medium-latest", "magistral-medium-2509"],
  "mistral/magistral-small": ["magistral-small-latest", "magistral-small-2509"],
};

/** The sandbox provider's models: see src/providers/sandbox. Their limits are small, so that a test key's holds are too. */
export const SANDBOX_MODELS: readonly (Facts & { readonly upstream: string; readonly name: string })[] = [
  {
    upstream: "echo",
    name: "Sandbox echo",
    context: 128_000,
    maxOutput: 16_384,
    input: SEES,
    imageTokens: 1_024,
    capabilities: TOOLS,
  },
  {
    upstream: "lorem",
    name: "Sandbox lorem",
    context: 128_000,
    maxOutput: 4_096,
    input: SEES,
    imageTokens: 1_024,
    capabilities: TOOLS,
  },
  { upstream: "embed", name: "Sandbox embeddings", context: 8_192 },
];

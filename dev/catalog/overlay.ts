import { SEES, TOOLS, type Facts } from "./facts/facts.ts";
import { HOST_FACTS } from "./facts/hosts.ts";
import { MAKER_FACTS } from "./facts/makers.ts";
import { OPENAI_FACTS } from "./facts/openai.ts";

const RULES = [...OPENAI_FACTS, ...MAKER_FACTS, ...HOST_FACTS];

/** A model that the price package does not know: its prices are in src/catalog/manual-prices.ts, its facts here. */
export interface OwnModel {
  readonly provider: string;
  readonly upstream: string;
  readonly name: string;
  readonly facts?: Facts;
}

/** The sandbox's limits are small, so that a test key's holds are too: see src/providers/sandbox. */
const SANDBOX_CHAT: Facts = { context: 128_000, input: SEES, imageTokens: 1_024, capabilities: TOOLS };

export const OWN_MODELS: readonly OwnModel[] = [
  { provider: "sandbox", upstream: "echo", name: "Sandbox echo", facts: { ...SANDBOX_CHAT, maxOutput: 16_384 } },
  { provider: "sandbox", upstream: "lorem", name: "Sandbox lorem", facts: { ...SANDBOX_CHAT, maxOutput: 4_096 } },
  {
    provider: "sandbox",
    upstream: "embed",
    name: "Sandbox embeddings",
    facts: { kind: "embeddings", context: 8_192 },
  },
  { provider: "openai", upstream: "omni-moderation-latest", name: "Omni moderation" },
  { provider: "openai", upstream: "omni-moderation-2024-09-26", name: "Omni moderation 2024-09-26" },
  { provider: "openai", upstream: "tts-1", name: "TTS-1" },
  { provider: "openai", upstream: "tts-1-hd", name: "TTS-1 HD" },
  { provider: "google", upstream: "imagen-4.0-fast-generate-001", name: "Imagen 4 Fast" },
  { provider: "google", upstream: "imagen-4.0-generate-001", name: "Imagen 4" },
  { provider: "google", upstream: "imagen-4.0-ultra-generate-001", name: "Imagen 4 Ultra" },
  { provider: "cohere", upstream: "rerank-v3.5", name: "Rerank 3.5" },
  { provider: "cohere", upstream: "rerank-v4.0-fast", name: "Rerank 4 Fast" },
  { provider: "cohere", upstream: "rerank-v4.0-pro", name: "Rerank 4 Pro" },
  { provider: "workers-ai", upstream: "@cf/black-forest-labs/flux-1-schnell", name: "FLUX.1 schnell" },
];

/** What is known of an upstream name; nothing where no rule matches. */
export function factsOf(provider: string, upstream: string): Facts {
  const own = OWN_MODELS.find((model) => model.provider === provider && model.upstream === upstream)?.facts;
  const facts = own ?? RULES.find((rule) => rule.provider === provider && rule.pattern.test(upstream)) ?? {};
  return facts.quantization === undefined && /fp8/i.test(upstream) ? { ...facts, quantization: "fp8" } : facts;
}

/** Names that the package matches only by a pattern (`starts_with`) or in other letters, so that it does not list them. */
export const MORE_NAMES: Readonly<Record<string, readonly string[]>> = {
  "openai/gpt-5-nano": ["gpt-5-nano-2025-08-07"],
  "mistral/magistral-medium": ["magistral-medium-latest", "magistral-medium-2509"],
  "mistral/magistral-small": ["magistral-small-latest", "magistral-small-2509"],
  "moonshot/kimi-k2.5": ["kimi-k2.5"],
  "moonshot/kimi-k2.6": ["kimi-k2.6"],
  "minimax/minimax-m3": ["MiniMax-M3"],
  "minimax/MiniMax-M2.1-highspeed": ["MiniMax-M2.1-highspeed"],
  "minimax/MiniMax-M2.5-highspeed": ["MiniMax-M2.5-highspeed"],
  "minimax/MiniMax-M2.7-highspeed": ["MiniMax-M2.7-highspeed"],
};

import { CHAT, HEARS, READS_FILES, REASONS, rulesOf, SEES, THINKS, TOOLS } from "./facts.ts";

/** Providers that serve models of their own. */
const anthropic = rulesOf("anthropic");
const google = rulesOf("google");
const mistral = rulesOf("mistral");
const xai = rulesOf("xai");
const cohere = rulesOf("cohere");
const moonshot = rulesOf("moonshot");
const minimax = rulesOf("minimax");

/** The most that one image counts with Claude from Opus 4.7 on (2,576 pixels a side); about 1,600 before. */
export const CLAUDE_IMAGE_TOKENS = 4_784;
/** Gemini 3's highest media resolution. Earlier models cut a large image into any number of tiles. */
const GEMINI_IMAGE_TOKENS = 2_240;
const GEMINI_CONTEXT = 1_048_576;
const GEMINI_OUTPUT = 65_536;
const XAI_IMAGE_TOKENS = 2_048;
const CLAUDE = { input: READS_FILES, imageTokens: CLAUDE_IMAGE_TOKENS, capabilities: REASONS } as const;
/**
 * Up to 4.8 Claude thinks where `thinking` says so; from 5 on by itself. Source: Anthropic's migration guide to Opus 5
 * (platform.claude.com/docs/en/models/opus-5/migration-guide), read 2026-11-29.
 */
const CLAUDE_4 = { ...CLAUDE, reasonsWhenAsked: true } as const;
const GEMINI = { context: GEMINI_CONTEXT, maxOutput: GEMINI_OUTPUT, input: HEARS } as const;

export const MAKER_FACTS = [
  anthropic(/^claude-(haiku-4|sonnet-4|opus-4-5)/, { ...CLAUDE_4, maxOutput: 64_000 }),
  anthropic(/^claude-opus-4/, { ...CLAUDE_4, maxOutput: 128_000 }),
  anthropic(/^claude/, { ...CLAUDE, maxOutput: 128_000 }),

  google(/^imagen/, { kind: "images" }),
  google(/embedding/, { kind: "embeddings", context: 8_192 }),
  google(/image/, {
    kind: "text_image",
    context: 65_536,
    maxOutput: 32_768,
    input: SEES,
    imageTokens: GEMINI_IMAGE_TOKENS,
  }),
  google(/^gemini-3/, { ...GEMINI, imageTokens: GEMINI_IMAGE_TOKENS, capabilities: REASONS }),
  // The one Gemini of its kind that does not think unless a budget is named (ai.google.dev/gemini-api/docs/thinking).
  google(/^gemini-2\.5-flash-lite/, { ...GEMINI, capabilities: REASONS, reasonsWhenAsked: true }),
  google(/^gemini-2\.5/, { ...GEMINI, capabilities: REASONS }),

  mistral(/^mistral-embed/, { kind: "embeddings", context: 8_192 }),
  mistral(/^magistral/, { capabilities: THINKS }),
  mistral(/^(pixtral|mistral-medium|mistral-small|mistral-large-2512|ministral-\d+b-2512)/, {
    input: SEES,
    capabilities: TOOLS,
  }),
  mistral(/./, { capabilities: TOOLS }),

  rulesOf("deepseek")(/^deepseek-v4/, { maxOutput: 384_000, capabilities: REASONS }),

  xai(/^grok-(3-mini|code)/, { capabilities: REASONS }),
  xai(/^grok-3/, { capabilities: CHAT }),
  xai(/non-reasoning/, { input: SEES, imageTokens: XAI_IMAGE_TOKENS, capabilities: CHAT }),
  xai(/^grok/, { input: SEES, imageTokens: XAI_IMAGE_TOKENS, capabilities: REASONS }),

  cohere(/^rerank/, { kind: "rerank" }),
  cohere(/^embed/, { kind: "embeddings" }),
  cohere(/^command-a/, { context: 256_000, maxOutput: 8_192, capabilities: TOOLS }),
  cohere(/^command-r/, { context: 128_000, maxOutput: 4_096, capabilities: TOOLS }),
  cohere(/aya/, { maxOutput: 4_096 }),

  moonshot(/vision/, { input: SEES }),
  moonshot(/^moonshot/, { capabilities: ["tools"] }),
  moonshot(/^kimi-(k2\.[56]|k3)/, { input: SEES, capabilities: REASONS }),
  moonshot(/^kimi/, { capabilities: REASONS }),
  rulesOf("zhipu")(/^glm/, { capabilities: REASONS }),
  minimax(/her$/, {}),
  minimax(/./, { capabilities: REASONS }),
  rulesOf("perplexity")(/reasoning/, { capabilities: ["structured_output", "reasoning"] }),
  rulesOf("perplexity")(/./, { capabilities: ["structured_output"] }),
];

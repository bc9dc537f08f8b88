import { CHAT, READS_FILES, REASONS, rulesOf, SEES, TOOLS } from "./facts.ts";

const openai = rulesOf("openai");
/** Image input by 32-pixel patches ends at 10,000 patches; by 512-pixel tiles it is far less. */
const PATCH_IMAGE_TOKENS = 10_000;
/** gpt-4o-mini multiplies tile tokens: 2,833 and 5,667 for each of at most 8 tiles. */
const MINI_IMAGE_TOKENS = 48_169;
const PATCHES = { input: READS_FILES, imageTokens: PATCH_IMAGE_TOKENS } as const;

export const OPENAI_FACTS = [
  openai(/^text-embedding/, { kind: "embeddings", context: 8_192 }),
  openai(/moderation/, { kind: "moderations", input: SEES }),
  openai(/^gpt-image/, { kind: "image_edits", input: SEES, imageTokens: PATCH_IMAGE_TOKENS }),
  openai(/^tts-1/, { kind: "speech" }),
  openai(/-tts$/, { kind: "speech", context: 2_000 }),
  openai(/^whisper/, { kind: "translations" }),
  openai(/transcribe/, { kind: "transcriptions", maxOutput: 2_000 }),
  openai(/^gpt-audio/, {
    maxOutput: 16_384,
    input: ["text", "audio"],
    output: ["text", "audio"],
    capabilities: ["tools"],
  }),
  openai(/^gpt-5(\.\d)?-chat/, {
    ...PATCHES,
    context: 128_000,
    maxOutput: 16_384,
    capabilities: [...TOOLS, "prompt_cache"],
  }),
  openai(/^gpt-[56]/, { ...PATCHES, maxOutput: 128_000, capabilities: REASONS }),
  openai(/^o3-mini/, { maxOutput: 100_000, capabilities: REASONS }),
  openai(/^o[134]/, { ...PATCHES, maxOutput: 100_000, capabilities: REASONS }),
  openai(/^gpt-4\.1/, { ...PATCHES, maxOutput: 32_768, capabilities: CHAT }),
  openai(/^gpt-4o-mini/, {
    input: READS_FILES,
    maxOutput: 16_384,
    imageTokens: MINI_IMAGE_TOKENS,
    capabilities: CHAT,
  }),
  openai(/^gpt-4o-2024-05-13$/, { ...PATCHES, maxOutput: 4_096, capabilities: ["tools", "logprobs"] }),
  openai(/^gpt-4o/, { ...PATCHES, maxOutput: 16_384, capabilities: CHAT }),
  openai(/^gpt-4-turbo(-2024|$)/, {
    maxOutput: 4_096,
    input: SEES,
    imageTokens: PATCH_IMAGE_TOKENS,
    capabilities: ["tools", "logprobs"],
  }),
  openai(/^gpt-4-(turbo|0125|1106)/, { maxOutput: 4_096, capabilities: ["tools", "logprobs"] }),
  openai(/^gpt-4/, { maxOutput: 8_192, capabilities: ["tools", "logprobs"] }),
  openai(/^gpt-3\.5/, { maxOutput: 4_096, capabilities: ["tools", "logprobs"] }),
];

import { CHAT, READS_FILES, REASONS, rulesOf, SEES, THINKS, TOOLS } from "./facts.ts";
import { CLAUDE_IMAGE_TOKENS } from "./makers.ts";

/** Providers that serve other makers' models. */
const groq = rulesOf("groq");
const bedrock = rulesOf("bedrock");
const workersAi = rulesOf("workers-ai");
const fireworks = rulesOf("fireworks");
const cerebras = rulesOf("cerebras");
const together = rulesOf("together");
const novita = rulesOf("novita");
const baseten = rulesOf("baseten");
const huggingface = rulesOf("huggingface");

const CLAUDE = { input: READS_FILES, imageTokens: CLAUDE_IMAGE_TOKENS, capabilities: REASONS } as const;

export const HOST_FACTS = [
  groq(/whisper-large-v3$/, { kind: "translations" }),
  groq(/whisper/, { kind: "transcriptions" }),
  groq(/gpt-oss/, { maxOutput: 65_536, capabilities: REASONS }),
  groq(/llama-guard/, { maxOutput: 1_024, input: SEES }),
  groq(/llama-4/, { maxOutput: 8_192, input: SEES, capabilities: TOOLS }),
  groq(/llama-3\.3-70b-versatile/, { context: 131_072, maxOutput: 32_768, capabilities: ["tools"] }),
  groq(/llama-3\.1-8b-instant/, { context: 131_072, maxOutput: 131_072, capabilities: ["tools"] }),
  groq(/qwen3/, { maxOutput: 40_960, capabilities: ["tools", "reasoning"] }),
  groq(/kimi-k2/, { maxOutput: 16_384, capabilities: [...TOOLS, "prompt_cache"] }),

  // AWS keeps these for up to 30 days against abuse; it keeps no other model's content.
  bedrock(/claude-fable/, { ...CLAUDE, maxOutput: 128_000, retention: "temporary" }),
  bedrock(/claude-(haiku-4|sonnet-4|opus-4-5)/, { ...CLAUDE, maxOutput: 64_000, reasonsWhenAsked: true }),
  bedrock(/claude-opus-4/, { ...CLAUDE, maxOutput: 128_000, reasonsWhenAsked: true }),
  bedrock(/claude/, { ...CLAUDE, maxOutput: 128_000 }),
  bedrock(/nova-micro/, { maxOutput: 10_000, capabilities: ["tools", "prompt_cache"] }),
  bedrock(/nova-2-lite/, { maxOutput: 64_000, input: READS_FILES, capabilities: ["tools", "reasoning"] }),
  bedrock(/nova-premier/, { maxOutput: 10_000, input: READS_FILES, capabilities: ["tools", "prompt_cache"] }),
  bedrock(/nova/, { maxOutput: 10_000, input: READS_FILES, capabilities: ["tools", "prompt_cache"] }),
  bedrock(/llama4/, { maxOutput: 8_192, input: SEES, capabilities: ["tools"] }),
  bedrock(/llama3-2-(11|90)b/, { maxOutput: 8_192, input: SEES, capabilities: ["tools"] }),
  bedrock(/llama3/, { maxOutput: 8_192, capabilities: ["tools"] }),
  bedrock(/deepseek\.r1/, { maxOutput: 32_768, capabilities: ["reasoning"] }),
  bedrock(/pixtral|ministral-3|mistral-large-3|gemma-3-(4|12|27)b|qwen3-vl/, { input: SEES, capabilities: ["tools"] }),
  bedrock(/gpt-oss|magistral|nemotron/, { capabilities: ["tools", "reasoning"] }),
  bedrock(/palmyra/, { maxOutput: 8_192, capabilities: ["tools"] }),
  bedrock(/./, { capabilities: ["tools"] }),

  workersAi(/flux/, { kind: "images" }),
  workersAi(/bge-reranker/, { kind: "rerank" }),
  workersAi(/bge-m3/, { kind: "embeddings", context: 8_192 }),
  workersAi(/bge-|embedding/, { kind: "embeddings", context: 512 }),
  workersAi(/llama-guard/, {}),
  workersAi(/vision|scout|mistral-small-3\.1|moondream/, { input: SEES, capabilities: ["tools"] }),
  workersAi(/kimi-k2\.6/, { input: SEES, capabilities: THINKS }),
  workersAi(/gpt-oss|r1-distill|v4|nemotron|glm|kimi|qwq|qwen3\.|qwen3-30b/, { capabilities: THINKS }),
  workersAi(/llama-3\.3|llama-4|qwen2\.5|granite|gemma-4/, { capabilities: TOOLS }),
  workersAi(/./, {}),

  fireworks(/kimi-k(2p[56]|3)|qwen2p5-vl|llama4|qwen3p[67]/, { input: SEES, capabilities: THINKS }),
  fireworks(/nemotron.*nvfp4/, { capabilities: THINKS, quantization: "fp4" }),
  fireworks(/llama-v3p1|gemma/, { capabilities: TOOLS }),
  fireworks(/./, { capabilities: THINKS }),

  cerebras(/gpt-oss/, { maxOutput: 40_960, capabilities: [...CHAT, "reasoning"] }),
  cerebras(/./, { maxOutput: 40_960, capabilities: THINKS }),

  together(/Llama-4-Maverick/, { context: 1_048_576, input: SEES, capabilities: TOOLS, quantization: "fp8" }),
  together(/Llama-4/, { context: 1_048_576, input: SEES, capabilities: TOOLS }),
  together(/Turbo$/, { context: 131_072, capabilities: TOOLS, quantization: "fp8" }),

  novita(/./, { capabilities: ["tools"] }),
  // What thinks only by `chat_template_args`, which no format of ours says, is not listed as reasoning.
  baseten(/gpt-oss/, { maxOutput: 128_000, capabilities: THINKS }),
  baseten(/Kimi-K2\.6/, { input: SEES, capabilities: [...TOOLS, "prompt_cache"] }),
  baseten(/GLM-4\.7/, { maxOutput: 200_000, capabilities: [...TOOLS, "prompt_cache"] }),
  baseten(/GLM-5\.2/, { capabilities: ["tools", "reasoning", "prompt_cache"] }),
  baseten(/./, { capabilities: ["tools", "prompt_cache"] }),
  huggingface(/FP8/, { capabilities: ["tools"], quantization: "fp8" }),
  huggingface(/gpt-oss|Qwen3-32B|GLM|DeepSeek-R1/, { capabilities: ["tools", "reasoning"] }),
  huggingface(/Llama-4/, { input: SEES, capabilities: ["tools"] }),
  huggingface(/./, { capabilities: ["tools"] }),
];

import type { Dialect } from "./dialect.ts";
import { ANTHROPIC } from "./dialects/anthropic.ts";
import { BEDROCK } from "./dialects/bedrock.ts";
import { COHERE } from "./dialects/cohere.ts";
import { GOOGLE } from "./dialects/google.ts";
import { COMPATIBLE_DIALECTS } from "./dialects/compatible.ts";
import { GROQ, MISTRAL, OPENAI, PLAIN, XAI } from "./dialects/openai.ts";
import type { Format } from "./format.ts";
import { ANTHROPIC_FORMATS } from "./formats/anthropic-messages/index.ts";
import { BEDROCK_FORMATS } from "./formats/bedrock-converse/index.ts";
import { COHERE_FORMATS } from "./formats/cohere/index.ts";
import { GEMINI_FORMATS } from "./formats/gemini/index.ts";
import { findModel, listModels } from "./formats/models/index.ts";
import { CHAT_FLAVOURS } from "./formats/openai-chat/flavours.ts";
import { openaiChat } from "./formats/openai-chat/index.ts";
import { numericEmbeddings, openaiEmbeddings } from "./formats/openai-embeddings/index.ts";
import { openaiSpeech } from "./formats/audio/speech.ts";
import { openaiTranscriptions, openaiTranslations } from "./formats/audio/transcriptions.ts";
import { openaiImageEdits, openaiImageGenerations } from "./formats/images/index.ts";
import { openaiModerations } from "./formats/moderations/index.ts";
import { runModel } from "./formats/workers-ai/run.ts";
import { openaiResponses } from "./formats/openai-responses/index.ts";
import { seedOf } from "./text.ts";

/** One provider that the simulator plays, at `/<name><base>/…`. */
export interface Provider {
  readonly name: string;
  /** What stands between its name and a format's path, e.g. `/v1`; may be empty. */
  readonly base: string;
  readonly formats: readonly Format[];
  readonly dialect: Dialect;
  readonly models: readonly string[];
}

const MODELS: readonly Format[] = [listModels, findModel];

/** A provider that speaks OpenAI's chat completions in a flavour of its own. */
const compatible = (
  name: keyof typeof CHAT_FLAVOURS,
  dialect: Dialect,
  models: readonly string[],
  more: readonly Format[] = [],
): Provider => ({
  name,
  base: "/v1",
  dialect,
  formats: [openaiChat(CHAT_FLAVOURS[name]), openaiEmbeddings, ...more, ...MODELS],
  models,
});

/**
 * A provider whose errors alone are its own; `unasked` sends a stream's usage whether or not it was asked to, `running`
 * when it was asked, in every chunk.
 */
const generic = (
  name: keyof typeof COMPATIBLE_DIALECTS,
  models: readonly string[] = [],
  flavour: "generic" | "unasked" | "running" = "generic",
): Provider => ({
  name,
  base: "/v1",
  dialect: COMPATIBLE_DIALECTS[name],
  formats: [openaiChat(CHAT_FLAVOURS[flavour]), openaiEmbeddings, ...MODELS],
  models,
});

/** Every provider by the first part of its path. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  [
    compatible(
      "openai",
      OPENAI,
      ["gpt-4.1-nano", "gpt-4o-mini", "gpt-5-mini", "text-embedding-3-small", "text-embedding-3-large"],
      [
        openaiResponses,
        openaiModerations,
        openaiImageGenerations,
        openaiImageEdits,
        openaiSpeech,
        openaiTranscriptions,
        openaiTranslations,
      ],
    ),
    compatible("groq", GROQ, ["llama-3.3-70b-versatile"], [openaiTranscriptions, openaiTranslations]),
    compatible("mistral", MISTRAL, ["mistral-small-latest", "mistral-embed"]),
    compatible("deepseek", PLAIN, ["deepseek-chat", "deepseek-reasoner"]),
    compatible("xai", XAI, ["grok-4"]),
    {
      name: "anthropic",
      base: "/v1",
      dialect: ANTHROPIC,
      formats: ANTHROPIC_FORMATS,
      models: ["claude-opus-5", "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-opus-4-5-20251101"],
    },
    {
      name: "google",
      base: "/v1beta",
      dialect: GOOGLE,
      formats: GEMINI_FORMATS,
      models: [
        "gemini-3-pro-preview",
        "gemini-2.5-flash",
        "gemini-2.5-flash-image",
        "gemini-embedding-001",
        "imagen-4.0-generate-001",
      ],
    },
    {
      name: "bedrock",
      base: "",
      dialect: BEDROCK,
      formats: BEDROCK_FORMATS,
      models: ["anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0"],
    },
    {
      name: "cohere",
      base: "/v2",
      dialect: COHERE,
      formats: COHERE_FORMATS,
      models: ["command-a-03-2025", "command-a-reasoning-08-2025", "embed-v4.0", "rerank-v3.5"],
    },
    generic("baseten", ["openai/gpt-oss-120b"], "running"),
    generic("cerebras", ["gpt-oss-120b"], "unasked"),
    generic("fireworks", ["accounts/fireworks/models/gpt-oss-120b"], "unasked"),
    generic("huggingface"),
    generic("minimax", ["MiniMax-M2"]),
    generic("moonshot", ["kimi-k2-0905-preview"]),
    generic("novita"),
    generic("nvidia"),
    generic("ollama"),
    generic("openrouter"),
    generic("perplexity", ["sonar"], "unasked"),
    generic("qwen", ["qwen-plus"]),
    generic("sambanova"),
    generic("together", ["openai/gpt-oss-120b"], "unasked"),
    generic("vllm"),
    {
      ...generic("workers-ai"),
      formats: [openaiChat(CHAT_FLAVOURS.generic), numericEmbeddings, runModel, ...MODELS],
    },
    generic("zhipu", ["glm-4.6"], "unasked"),
  ].map((provider) => [provider.name, provider]),
);

/** Where a provider is simulated: the base URL that a client or the gateway is given for it. */
export function simulatedBaseUrl(simUrl: string, provider: string): string {
  return `${simUrl}/${provider}${PROVIDERS.get(provider)?.base ?? "/v1"}`;
}

/** The key for a provider that is simulated: the text itself, or one that it accepts made from the text. */
export function simulatedKey(provider: string, text: string): string {
  return PROVIDERS.get(provider)?.dialect.makeKey?.(seedOf(text)) ?? text;
}

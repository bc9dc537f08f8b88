/** Token counts of one answer, before a provider puts them into its own shape. */
export interface ChatUsage {
  readonly prompt: number;
  /** Visible output and reasoning. */
  readonly completion: number;
  readonly reasoning: number;
  readonly cached: number;
  readonly promptAudio: number;
}

/** How one provider's chat completions differ from the common shape. Adding a compatible provider is an entry here. */
export interface ChatFlavour {
  readonly id: "openai" | "uuid" | "hex";
  /** OpenAI indents its JSON bodies. */
  readonly indented: boolean;
  readonly serviceTier: string | null;
  readonly fingerprint: string | null;
  readonly choiceOrder: "logprobs-first" | "finish-first";
  /**
   * Where a stream's usage stands: a chunk of its own when asked, always, or in the chunk that names the finish; or, when
   * asked, what has been counted so far in every chunk before its own.
   */
  readonly usageAt: "asked-chunk" | "own-chunk" | "finish-chunk" | "every-chunk";
  readonly obfuscation: boolean;
  readonly xGroq: boolean;
  readonly toolCalls: "incremental" | "whole" | "mistral";
  readonly reasoningShown: boolean;
  readonly logprobs: boolean;
  readonly maxChoices: number;
  readonly usage: (usage: ChatUsage) => Record<string, unknown>;
}

const openaiUsage = (usage: ChatUsage) => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.completion,
  total_tokens: usage.prompt + usage.completion,
  prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: usage.promptAudio },
  completion_tokens_details: {
    reasoning_tokens: usage.reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});

const PROMPT_SECONDS_PER_TOKEN = 0.000_05;
const COMPLETION_SECONDS_PER_TOKEN = 0.004;

const groqUsage = (usage: ChatUsage) => {
  const promptTime = roundSeconds(usage.prompt * PROMPT_SECONDS_PER_TOKEN);
  const completionTime = roundSeconds(usage.completion * COMPLETION_SECONDS_PER_TOKEN);
  return {
    queue_time: 0.041905864,
    prompt_tokens: usage.prompt,
    prompt_time: promptTime,
    completion_tokens: usage.completion,
    completion_time: completionTime,
    total_tokens: usage.prompt + usage.completion,
    total_time: roundSeconds(promptTime + completionTime),
    ...(usage.cached > 0 ? { prompt_tokens_details: { cached_tokens: usage.cached } } : {}),
    ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
  };
};

const mistralUsage = (usage: ChatUsage) => ({
  prompt_tokens: usage.prompt,
  total_tokens: usage.prompt + usage.completion,
  completion_tokens: usage.completion,
  ...(usage.cached > 0 ? { prompt_tokens_details: { cached_tokens: usage.cached } } : {}),
});

const deepseekUsage = (usage: ChatUsage) => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.completion,
  total_tokens: usage.prompt + usage.completion,
  prompt_tokens_details: { cached_tokens: usage.cached },
  ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
  prompt_cache_hit_tokens: usage.cached,
  prompt_cache_miss_tokens: usage.prompt - usage.cached,
});

/** xAI counts reasoning beside `completion_tokens`, not inside: only the total holds both. */
const xaiUsage = (usage: ChatUsage) => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.completion - usage.reasoning,
  total_tokens: usage.prompt + usage.completion,
  prompt_tokens_details: {
    text_tokens: usage.prompt,
    audio_tokens: usage.promptAudio,
    image_tokens: 0,
    cached_tokens: usage.cached,
  },
  completion_tokens_details: {
    reasoning_tokens: usage.reasoning,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
  num_sources_used: 0,
});

const genericUsage = (usage: ChatUsage) => ({
  prompt_tokens: usage.prompt,
  completion_tokens: usage.completion,
  total_tokens: usage.prompt + usage.completion,
  prompt_tokens_details: { cached_tokens: usage.cached },
  ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
});

const roundSeconds = (seconds: number) => Number(seconds.toFixed(9));

const OPENAI: ChatFlavour = {
  id: "openai",
  indented: true,
  serviceTier: "default",
  fingerprint: "fp_de604bd877",
  choiceOrder: "logprobs-first",
  usageAt: "asked-chunk",
  obfuscation: true,
  xGroq: false,
  toolCalls: "incremental",
  reasoningShown: false,
  logprobs: true,
  maxChoices: 128,
  usage: openaiUsage,
};

/** Of the others it is known that they are compatible. */
const GENERIC: ChatFlavour = {
  ...OPENAI,
  id: "uuid",
  indented: false,
  serviceTier: null,
  fingerprint: null,
  usageAt: "asked-chunk",
  obfuscation: false,
  reasoningShown: true,
  usage: genericUsage,
};

/** OpenAI, Groq and Mistral are as recorded; DeepSeek and xAI follow their API references, no recording being at hand. */
export const CHAT_FLAVOURS = {
  openai: OPENAI,
  groq: {
    ...OPENAI,
    id: "uuid",
    indented: false,
    serviceTier: null,
    fingerprint: "fp_f8b414701e",
    usageAt: "finish-chunk",
    obfuscation: false,
    xGroq: true,
    toolCalls: "whole",
    logprobs: false,
    maxChoices: 1,
    usage: groqUsage,
  },
  mistral: {
    ...OPENAI,
    id: "hex",
    indented: false,
    serviceTier: null,
    fingerprint: null,
    choiceOrder: "finish-first",
    usageAt: "finish-chunk",
    obfuscation: false,
    toolCalls: "mistral",
    logprobs: false,
    usage: mistralUsage,
  },
  deepseek: {
    ...OPENAI,
    id: "uuid",
    indented: false,
    serviceTier: null,
    fingerprint: "fp_8802369eaa_prod0425fp8",
    usageAt: "finish-chunk",
    obfuscation: false,
    reasoningShown: true,
    maxChoices: 1,
    usage: deepseekUsage,
  },
  xai: {
    ...OPENAI,
    id: "uuid",
    indented: false,
    serviceTier: null,
    fingerprint: "fp_156d35dcaa",
    usageAt: "own-chunk",
    obfuscation: false,
    toolCalls: "whole",
    reasoningShown: true,
    usage: xaiUsage,
  },
  generic: GENERIC,
  unasked: { ...GENERIC, usageAt: "own-chunk" },
  running: { ...GENERIC, usageAt: "every-chunk", maxChoices: 1 },
} satisfies Record<string, ChatFlavour>;

import type { ParameterOverrides } from "#wire";

/** What differs between providers that speak OpenAI's format. One row each; everything else is shared. */
export interface CompatibleProvider {
  /** Names the provider everywhere, and its variables: `groq` reads `GROQ_API_KEY` and `GROQ_BASE_URL`. */
  readonly id: string;
  /** Null: it runs wherever the operator says. */
  readonly defaultBaseUrl: string | null;
  readonly outputMaximumParam: "max_completion_tokens" | "max_tokens";
  /**
   * `ask`: streamed usage comes only with `stream_options.include_usage`. `relay`: it comes unasked, and the caller's
   * option is understood. `strip`: it comes unasked, and the option is refused as unknown.
   */
  readonly streamOptions: "ask" | "relay" | "strip";
  readonly embeddings: boolean;
  /** It turns sound into text, and bills no less than so many milliseconds. */
  readonly soundMinimumMs?: number;
  /** What it refuses, or ignores without a word: the caller is told before the call, or in `x-prismatic-dropped-params`. */
  readonly parameters?: ParameterOverrides;
  /** Members that it knows by another name. */
  readonly renames?: Readonly<Record<string, string>>;
  /**
   * `back`: it reads the reasoning of earlier answers, which others refuse. `object`: it also reads OpenRouter's
   * `reasoning` member in requests.
   */
  readonly reasoning?: "back" | "object";
  /** The members that switch reasoning off. Absent: nothing is sent, as a model without reasoning refuses the very word. */
  readonly noReasoning?: Readonly<Record<string, unknown>>;
}

const NO_EFFORT = { reasoning_effort: "none" };
const NO_THINKING = { thinking: { type: "disabled" } };

const NO_PENALTIES: ParameterOverrides = { presence_penalty: "refused", frequency_penalty: "refused" };
/** Words of OpenAI's alone that change nothing a caller could rely on. */
const OPENAI_ONLY: ParameterOverrides = { verbosity: "dropped", metadata: "dropped" };
const OPEN_WEIGHTS: ParameterOverrides = { ...OPENAI_ONLY, top_k: "supported" };

type Rest = Partial<Omit<CompatibleProvider, "id" | "defaultBaseUrl">>;

/** Most take OpenAI's older name of the maximum, send usage when asked, and have no embeddings here. */
const row = (id: string, defaultBaseUrl: string | null, rest: Rest = {}): CompatibleProvider => ({
  id,
  defaultBaseUrl,
  outputMaximumParam: "max_tokens",
  streamOptions: "ask",
  embeddings: false,
  parameters: OPENAI_ONLY,
  ...rest,
});

/** Sources: each provider's API reference, named where it says more than "as OpenAI"; usage in streams as recorded where we have it. */
export const COMPATIBLE_PROVIDERS: readonly CompatibleProvider[] = [
  // console.groq.com/docs/openai: logprobs, logit_bias and n > 1 are errors; penalties are "not yet supported".
  row("groq", "https://api.groq.com/openai/v1", {
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "relay",
    // console.groq.com/docs/speech-to-text: "minimum billed length 10 seconds".
    soundMinimumMs: 10_000,
    parameters: { ...OPENAI_ONLY, ...NO_PENALTIES, logprobs: "refused", logit_bias: "refused", n: "refused" },
  }),
  // docs.mistral.ai/api: a member that it does not know is an error (`extra_forbidden`), reasoning sent back included.
  row("mistral", "https://api.mistral.ai/v1", {
    streamOptions: "strip",
    embeddings: true,
    parameters: {
      verbosity: "dropped",
      user: "dropped",
      logprobs: "refused",
      logit_bias: "refused",
      top_k: "refused",
    },
    renames: { seed: "random_seed" },
  }),
  // api-docs.deepseek.com: JSON mode but no schema; after tool calls the thinking must come back.
  row("deepseek", "https://api.deepseek.com/v1", {
    parameters: { ...OPENAI_ONLY, structured_output: "refused", n: "refused", seed: "refused", logit_bias: "refused" },
    reasoning: "back",
    noReasoning: NO_THINKING,
  }),
  // docs.x.ai: what reasoning models refuse (penalties, stop) differs by model, so the provider says it.
  row("xai", "https://api.x.ai/v1", { outputMaximumParam: "max_completion_tokens" }),
  row("together", "https://api.together.xyz/v1", {
    streamOptions: "relay",
    embeddings: true,
    parameters: OPEN_WEIGHTS,
    reasoning: "back",
  }),
  row("fireworks", "https://api.fireworks.ai/inference/v1", {
    streamOptions: "relay",
    embeddings: true,
    parameters: OPEN_WEIGHTS,
    reasoning: "back",
    noReasoning: NO_EFFORT,
  }),
  // inference-docs.cerebras.ai/resources/openai: these three are errors.
  row("cerebras", "https://api.cerebras.ai/v1", {
    outputMaximumParam: "max_completion_tokens",
    streamOptions: "relay",
    parameters: { ...OPENAI_ONLY, ...NO_PENALTIES, logit_bias: "refused" },
  }),
  // docs.perplexity.ai: no function calling; JSON by schema only; the search is the model's own.
  row("perplexity", "https://api.perplexity.ai", {
    streamOptions: "relay",
    parameters: {
      ...OPEN_WEIGHTS,
      tools: "refused",
      tool_choice: "refused",
      parallel_tool_calls: "refused",
      json_mode: "refused",
      logprobs: "refused",
      logit_bias: "refused",
      seed: "refused",
      n: "refused",
      user: "dropped",
    },
  }),
  // platform.kimi.ai/docs/api/chat: with tools the thinking must come back.
  row("moonshot", "https://api.moonshot.ai/v1", {
    parameters: { ...OPENAI_ONLY, logit_bias: "refused", logprobs: "refused", seed: "refused" },
    reasoning: "back",
    noReasoning: NO_THINKING,
  }),
  // alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions
  row("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", {
    embeddings: true,
    parameters: { ...OPEN_WEIGHTS, frequency_penalty: "refused", logit_bias: "refused", user: "dropped" },
    reasoning: "back",
    noReasoning: { enable_thinking: false },
  }),
  // docs.z.ai/api-reference/llm/chat-completion: JSON mode but no schema; what it does not list it ignores.
  row("zhipu", "https://api.z.ai/api/paas/v4", {
    streamOptions: "relay",
    parameters: {
      ...OPENAI_ONLY,
      ...NO_PENALTIES,
      structured_output: "refused",
      logprobs: "refused",
      logit_bias: "refused",
      seed: "refused",
      n: "refused",
    },
    renames: { user: "user_id" },
    reasoning: "back",
    noReasoning: NO_THINKING,
  }),
  // platform.minimax.io/docs/api-reference/text-openai-api: these are ignored, one choice only, no sound in.
  row("minimax", "https://api.minimax.io/v1", {
    parameters: {
      ...OPENAI_ONLY,
      ...NO_PENALTIES,
      logit_bias: "refused",
      n: "refused",
      audio_input: "refused",
    },
    reasoning: "back",
  }),
  row("nvidia", "https://integrate.api.nvidia.com/v1", { reasoning: "back" }),
  row("huggingface", "https://router.huggingface.co/v1"),
  row("openrouter", "https://openrouter.ai/api/v1", {
    streamOptions: "relay",
    embeddings: true,
    parameters: { top_k: "supported" },
    reasoning: "object",
    noReasoning: NO_EFFORT,
  }),
  // docs.sambanova.ai/docs/en/features/openai-compatibility: penalties and logit_bias are ignored.
  row("sambanova", "https://api.sambanova.ai/v1", {
    embeddings: true,
    parameters: { ...OPEN_WEIGHTS, ...NO_PENALTIES, logit_bias: "refused" },
  }),
  row("novita", "https://api.novita.ai/openai/v1", { embeddings: true, parameters: OPEN_WEIGHTS, reasoning: "back" }),
  // docs.baseten.co/reference/inference-api/chat-completions: one choice only; once asked for, usage runs in every chunk.
  // docs.baseten.co/inference/model-apis/reasoning: an effort of `none` is off; what thinks only when told to is off anyway.
  row("baseten", "https://inference.baseten.co/v1", {
    parameters: { ...OPEN_WEIGHTS, n: "refused" },
    noReasoning: NO_EFFORT,
  }),
  // docs.ollama.com/api/openai-compatibility: the fields that it does not list are ignored.
  row("ollama", null, {
    embeddings: true,
    parameters: { ...OPENAI_ONLY, user: "dropped", logit_bias: "refused", n: "refused" },
    reasoning: "object",
    noReasoning: NO_EFFORT,
  }),
  // docs.vllm.ai, OpenAI-compatible server.
  row("vllm", null, { embeddings: true, parameters: OPEN_WEIGHTS, reasoning: "back" }),
];

/**
 * What a text request can ask for, under one name whatever format it came in. Each codec states for each of them what its
 * format does with it, each provider may state less; the capability table and `provider.require_parameters` read both.
 */
export const PROMPT_PARAMETERS = [
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "structured_output",
  "json_mode",
  "reasoning",
  "temperature",
  "top_p",
  "top_k",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "stop",
  "logprobs",
  "logit_bias",
  "n",
  "user",
  "metadata",
  "verbosity",
  "prompt_cache",
  "service_tier",
  "image_input",
  "audio_input",
  "document_input",
  "image_output",
  "audio_output",
  "web_search",
] as const;

export type PromptParameter = (typeof PROMPT_PARAMETERS)[number];

/**
 * `supported`: passes as it is. `translated`: said in the target's own terms. `dropped`: left out, and named in
 * `x-prismatic-dropped-params`; only where leaving it out cannot change what the caller relies on. `refused`: 400.
 */
export type ParameterSupport = "supported" | "translated" | "dropped" | "refused";

export type ParameterTable = Readonly<Record<PromptParameter, ParameterSupport>>;

/** The parameters that a request uses, each with the name that its caller knows it by (`stop_sequences`, `generationConfig.stopSequences`). */
export type UsedParameters = ReadonlyMap<PromptParameter, string>;

import type { ParameterTable, PromptParameter } from "../parameters.ts";

/** What chat completions do with a request that was decoded from another format. Source: OpenAI's API reference. */
export const OPENAI_CHAT_PARAMETERS: ParameterTable = {
  tools: "supported",
  tool_choice: "supported",
  parallel_tool_calls: "supported",
  structured_output: "supported",
  json_mode: "supported",
  reasoning: "translated",
  temperature: "supported",
  top_p: "supported",
  // Many that speak OpenAI's format know it; OpenAI does not.
  top_k: "refused",
  presence_penalty: "supported",
  frequency_penalty: "supported",
  seed: "supported",
  stop: "supported",
  logprobs: "supported",
  // It counts the target's own tokens.
  logit_bias: "refused",
  n: "supported",
  user: "supported",
  // Taken only for answers that OpenAI stores.
  metadata: "dropped",
  verbosity: "supported",
  // Caching needs no marker here.
  prompt_cache: "dropped",
  service_tier: "refused",
  image_input: "supported",
  audio_input: "translated",
  document_input: "translated",
  image_output: "refused",
  audio_output: "refused",
  web_search: "refused",
};

/** The members of a body that ask for a parameter and for nothing else. */
export const CHAT_PARAMETER_MEMBERS: ReadonlyMap<PromptParameter, readonly string[]> = new Map([
  ["tools", ["tools", "functions"]],
  ["tool_choice", ["tool_choice", "function_call"]],
  ["parallel_tool_calls", ["parallel_tool_calls"]],
  ["reasoning", ["reasoning_effort", "reasoning"]],
  ["temperature", ["temperature"]],
  ["top_p", ["top_p"]],
  ["top_k", ["top_k"]],
  ["presence_penalty", ["presence_penalty"]],
  ["frequency_penalty", ["frequency_penalty"]],
  ["seed", ["seed"]],
  ["stop", ["stop"]],
  ["logprobs", ["logprobs", "top_logprobs"]],
  ["logit_bias", ["logit_bias"]],
  ["n", ["n"]],
  ["user", ["user", "safety_identifier"]],
  ["metadata", ["metadata"]],
  ["verbosity", ["verbosity"]],
  ["service_tier", ["service_tier"]],
  ["audio_output", ["audio"]],
  ["web_search", ["web_search_options"]],
]);

import type { ParameterOverrides } from "../encode-prompt.ts";
import type { ParameterTable } from "../parameters.ts";
import type { TextRequest } from "../text-request.ts";
import { wantsThinking } from "./encode-thinking.ts";
import { traitsOf } from "./model-traits.ts";

/** What Anthropic's format does with requests of other formats. There is no JSON mode without a schema, and saying it in words of ours would be a guess. */
export const ANTHROPIC_PARAMETERS: ParameterTable = {
  tools: "supported",
  tool_choice: "translated",
  parallel_tool_calls: "translated",
  structured_output: "translated",
  json_mode: "refused",
  reasoning: "translated",
  temperature: "supported",
  top_p: "supported",
  top_k: "supported",
  presence_penalty: "refused",
  frequency_penalty: "refused",
  seed: "dropped",
  stop: "translated",
  logprobs: "refused",
  logit_bias: "refused",
  n: "refused",
  user: "translated",
  metadata: "dropped",
  verbosity: "dropped",
  prompt_cache: "supported",
  service_tier: "refused",
  image_input: "supported",
  audio_input: "refused",
  document_input: "supported",
  image_output: "refused",
  audio_output: "refused",
  web_search: "refused",
};

/** What one Claude does less with a request than the format allows: sampling beside thinking, or at all, and output formats before 4.1. */
export function anthropicOverrides(request: Pick<TextRequest, "uses" | "decode">, model: string): ParameterOverrides {
  const { sampling, hasOutputFormat } = traitsOf(model);
  const isThinking = sampling !== "none" && request.uses.has("reasoning") && wantsThinking(request.decode().reasoning);
  const dropsAll = sampling === "none" || isThinking;
  const dropsTopP = dropsAll || (sampling === "one" && request.uses.has("temperature"));
  return {
    ...(dropsAll ? { temperature: "dropped", top_k: "dropped" } : {}),
    ...(dropsTopP ? { top_p: "dropped" } : {}),
    ...(hasOutputFormat ? {} : { structured_output: "refused" }),
  };
}

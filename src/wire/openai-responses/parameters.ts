import type { ParameterOverrides } from "../encode-prompt.ts";
import type { ParameterTable } from "../parameters.ts";
import type { TextRequest } from "../text-request.ts";
import { effortOf } from "../reasoning.ts";
import { traitsOf } from "./model-traits.ts";

/** What OpenAI's Responses do with a request of another format. Source: OpenAI's API reference, Responses. */
export const RESPONSES_PARAMETERS: ParameterTable = {
  tools: "supported",
  tool_choice: "translated",
  parallel_tool_calls: "supported",
  structured_output: "translated",
  json_mode: "translated",
  reasoning: "translated",
  temperature: "supported",
  top_p: "supported",
  top_k: "dropped",
  presence_penalty: "refused",
  frequency_penalty: "refused",
  seed: "dropped",
  stop: "refused",
  logprobs: "translated",
  logit_bias: "refused",
  n: "refused",
  user: "translated",
  metadata: "dropped",
  verbosity: "supported",
  prompt_cache: "dropped",
  service_tier: "refused",
  image_input: "translated",
  audio_input: "refused",
  document_input: "translated",
  image_output: "refused",
  audio_output: "refused",
  web_search: "refused",
};

/** What one model does less than the format allows: those that reason take no sampling, the others no reasoning. */
export function responsesOverrides(request: Pick<TextRequest, "uses" | "decode">, model: string): ParameterOverrides {
  const { reasons, efforts } = traitsOf(model);
  if (!reasons) return { reasoning: "dropped" };
  const uses = request.uses.has("temperature") || request.uses.has("top_p") || request.uses.has("logprobs");
  if (!uses || (efforts.includes("none") && isWithoutReasoning(request))) return {};
  return { temperature: "dropped", top_p: "dropped", logprobs: "refused" };
}

function isWithoutReasoning(request: Pick<TextRequest, "decode">): boolean {
  const { reasoning } = request.decode();
  return reasoning !== null && effortOf(reasoning) === "none";
}

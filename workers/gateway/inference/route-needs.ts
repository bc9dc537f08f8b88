import type { Capability, Modality } from "#catalog";
import type { RouteNeeds } from "#routing";
import type { PromptParameter } from "#wire";
import type { PreparedCall } from "./prepared-call.ts";

const CAPABILITIES: ReadonlyMap<PromptParameter, Capability> = new Map([
  ["tools", "tools"],
  ["structured_output", "structured_output"],
  ["reasoning", "reasoning"],
  ["logprobs", "logprobs"],
  ["web_search", "web_search"],
]);
const INPUTS: ReadonlyMap<PromptParameter, Modality> = new Map([
  ["image_input", "image"],
  ["audio_input", "audio"],
  ["document_input", "file"],
]);

/** What a model must be able to do for a call. */
export function routeNeeds({ uses, audioOutput, imageOutput }: PreparedCall): RouteNeeds {
  const parameters = [...uses.keys()];
  return {
    capabilities: parameters.flatMap((parameter) => CAPABILITIES.get(parameter) ?? []),
    input: parameters.flatMap((parameter) => INPUTS.get(parameter) ?? []),
    output: [...(audioOutput ? (["audio"] as const) : []), ...(imageOutput ? (["image"] as const) : [])],
  };
}

import type { Operation } from "../../src/kernel/index.ts";
import { PROVIDERS, type ProviderSpec } from "../../src/providers/index.ts";
import {
  anthropicUpstream,
  cohereUpstream,
  converseUpstream,
  geminiUpstream,
  openAiChatUpstream,
  openAiResponsesUpstream,
  PROMPT_PARAMETERS,
  type ClientFormat,
  type ParameterSupport,
  type PromptParameter,
  type UpstreamCodec,
  type UpstreamFormat,
} from "../../src/wire/index.ts";

/** Every format that an upstream is asked in. */
export const UPSTREAM_CODECS: readonly UpstreamCodec[] = [
  openAiChatUpstream,
  openAiResponsesUpstream,
  anthropicUpstream,
  geminiUpstream,
  converseUpstream,
  cohereUpstream,
];

const CLIENT_FORMATS: readonly ClientFormat[] = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
  "openai-completions",
];

/** What one provider is asked in for each format of a caller, and where it does less than that format allows. */
export interface ProviderCapabilities {
  readonly id: string;
  readonly operations: readonly Operation[];
  readonly formats: Readonly<Partial<Record<ClientFormat, UpstreamFormat>>>;
  readonly overrides: Readonly<Partial<Record<PromptParameter, ParameterSupport>>>;
}

export interface CapabilityTable {
  readonly parameters: readonly {
    readonly parameter: PromptParameter;
    readonly support: Readonly<Record<string, ParameterSupport>>;
  }[];
  readonly providers: readonly ProviderCapabilities[];
}

/** A model's name that no provider treats specially: some choose the format by the model. */
const ANY_MODEL = "any-model";

/** Reads the code: what it does, not what somebody wrote about it. */
export async function capabilityTable(): Promise<CapabilityTable> {
  return {
    parameters: PROMPT_PARAMETERS.map((parameter) => ({
      parameter,
      support: Object.fromEntries(UPSTREAM_CODECS.map((codec) => [codec.format, codec.parameters[parameter]])),
    })),
    providers: await Promise.all(PROVIDERS.map(readProvider)),
  };
}

async function readProvider(spec: ProviderSpec): Promise<ProviderCapabilities> {
  const adapter = await spec.load();
  const formats: Partial<Record<ClientFormat, UpstreamFormat>> = {};
  if (spec.operations.includes("chat.completions")) {
    for (const format of CLIENT_FORMATS) {
      formats[format] = adapter.textFormat?.(format, ANY_MODEL) ?? "openai-chat";
    }
  }
  return { id: spec.id, operations: spec.operations, formats, overrides: adapter.parameters ?? {} };
}

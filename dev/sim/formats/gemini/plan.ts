import type { Directives } from "../../directives.ts";
import { planText, planUsage, type TextPlan, type TextWish } from "../text-plan.ts";
import { detailsOf, type ModalityTokens, sumOf } from "./prompt.ts";
import { functionsOf, type GenerateRequest } from "./request.ts";
import { toJsonSchema } from "./schema.ts";

/** What will be answered: the candidates, and the usage after all of them. */
export interface GeminiPlan {
  readonly model: string;
  readonly request: GenerateRequest;
  readonly candidates: readonly TextPlan[];
  /** A picture at the end of each candidate. */
  readonly hasImage: boolean;
  readonly showsThoughts: boolean;
  /** The prompt itself was refused: no candidate at all. */
  readonly isBlocked: boolean;
  readonly searches: number;
  readonly usage: GeminiUsage | null;
}

/** `usageMetadata`, from which a stream's earlier chunks take less output. */
export interface GeminiUsage {
  readonly promptTokenCount: number;
  readonly candidatesTokenCount: number;
  readonly totalTokenCount: number;
  readonly [name: string]: unknown;
}

export const IMAGE_TOKENS = 1_290;
const TOOL_USE_TOKENS = 40;
const SEED_STEP = 0x9e3779b1;

export function planGemini(
  model: string,
  request: GenerateRequest,
  prompt: ModalityTokens,
  directives: Directives,
  seed: number,
): GeminiPlan {
  const config = request.generationConfig ?? {};
  const modalities = config.responseModalities ?? (/-image/.test(model) ? ["TEXT", "IMAGE"] : ["TEXT"]);
  const hasImage = modalities.includes("IMAGE") && !directives.empty && !directives.refuse;
  const isBlocked = directives.refuse === true && directives.empty === true;
  const wish = wishOf(request);
  const tokenless = hasImage && !modalities.includes("TEXT") ? { ...directives, tokens: 0 } : directives;
  const candidates = isBlocked
    ? []
    : Array.from({ length: config.candidateCount ?? 1 }, (_, index) =>
        planText(wish, tokenless, (seed + Math.imul(index, SEED_STEP)) >>> 0),
      );
  const images = hasImage ? candidates.length * IMAGE_TOKENS : 0;
  return {
    model,
    request,
    candidates,
    hasImage,
    showsThoughts: config.thinkingConfig?.includeThoughts === true,
    isBlocked,
    searches: request.tools?.some(({ googleSearch }) => googleSearch) ? (directives.searches ?? 1) : 0,
    usage: usageOf(request, candidates, prompt, images, directives),
  };
}

export function wishOf(request: GenerateRequest): TextWish {
  const config = request.generationConfig ?? {};
  const calling = request.toolConfig?.functionCallingConfig;
  const allowed = calling?.allowedFunctionNames ?? [];
  const declared = functionsOf(request).filter(({ name }) => allowed.length === 0 || allowed.includes(name));
  return {
    maximumTokens: config.maxOutputTokens ?? null,
    stops: config.stopSequences ?? [],
    tools: declared.map(({ name, parameters, parametersJsonSchema }) => ({
      name,
      schema: parametersJsonSchema ?? toJsonSchema(parameters ?? { type: "OBJECT" }),
    })),
    toolChoice: { type: calling?.mode === "ANY" ? "required" : calling?.mode === "NONE" ? "none" : "auto" },
    output: outputOf(config),
  };
}

function outputOf(config: NonNullable<GenerateRequest["generationConfig"]>): TextWish["output"] {
  if (config.responseMimeType !== "application/json") return { type: "text" };
  const schema = config.responseJsonSchema ?? toJsonSchema(config.responseSchema);
  return schema === undefined ? { type: "json" } : { type: "schema", schema };
}

/** Google counts the cache inside the prompt, thoughts beside the candidates, and all of it in the total. */
function usageOf(
  request: GenerateRequest,
  candidates: readonly TextPlan[],
  prompt: ModalityTokens,
  imageTokens: number,
  directives: Directives,
): GeminiUsage | null {
  const counted = planUsage(candidates, sumOf(prompt), directives);
  if (counted === null) return null;
  const isFree = directives.zero_usage === true;
  const images = isFree || directives.usage_output !== undefined ? 0 : imageTokens;
  const made = counted.output - counted.reasoning + images;
  const usesTool = request.tools?.some(({ urlContext, codeExecution }) => urlContext ?? codeExecution) ?? false;
  const toolUse = usesTool && !isFree ? TOOL_USE_TOKENS : 0;
  const prompted =
    directives.usage_input === undefined && !isFree ? prompt : new Map([["TEXT" as const, counted.prompt]]);
  const text = (tokenCount: number) => [{ modality: "TEXT", tokenCount }];
  return {
    promptTokenCount: counted.prompt,
    candidatesTokenCount: made,
    totalTokenCount: counted.prompt + made + counted.reasoning + toolUse,
    ...(counted.cached > 0
      ? { cachedContentTokenCount: counted.cached, cacheTokensDetails: text(counted.cached) }
      : {}),
    promptTokensDetails: detailsOf(prompted),
    ...(images > 0 ? { candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: images }] } : {}),
    ...(toolUse > 0 ? { toolUsePromptTokenCount: toolUse, toolUsePromptTokensDetails: text(toolUse) } : {}),
    ...(counted.reasoning > 0 ? { thoughtsTokenCount: counted.reasoning } : {}),
  };
}

import { makeLogprobs } from "../openai-chat/logprobs.ts";
import { type PlannedCall, readArguments, type TextPlan } from "../text-plan.ts";
import type { GeminiPlan } from "./plan.ts";

type Json = Readonly<Record<string, unknown>>;

/** The smallest PNG there is: one pixel. */
export const PIXEL_PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const FINISH_REASONS: Readonly<Record<TextPlan["end"], string>> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  refusal: "SAFETY",
};
const CATEGORIES = ["HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT"];

/** A signature is a secret of Google's: here it names the seed it was made from. */
export const signatureOf = ({ seed }: TextPlan) => Buffer.from(`thought signature of ${seed}`).toString("base64");

/** Whether the model thought: then the first call, or the last text, is signed. */
export const isSigned = ({ reasoningTokens }: TextPlan) => reasoningTokens.length > 0;

/** Calls as whole parts. One that a maximum cut is left out, as a call that cannot be read is of no use. */
export function callParts(plan: TextPlan, model: string): Json[] {
  const read = plan.calls.map((call) => ({ call, args: readArguments(call) })).filter(({ args }) => args !== null);
  const signs = isSigned(plan) || isGemini3(model);
  const parts = read.map(({ call, args }): Record<string, unknown> => {
    return { functionCall: Object.assign(idOf(call, model), { name: call.name, args }) };
  });
  const [first] = parts;
  if (signs && first !== undefined) first["thoughtSignature"] = signatureOf(plan);
  return parts;
}

const isGemini3 = (model: string) => model.startsWith("gemini-3");

/** Older models name no call, so that results are told apart by name and order. */
const idOf = ({ id }: PlannedCall, model: string) => (isGemini3(model) ? { id: id.slice(0, 8) } : {});

export const imagePart = (): Json => ({ inlineData: { mimeType: "image/png", data: PIXEL_PNG } });

/** What ends a candidate: reason, ratings, what it was grounded in. */
export function finishOf(plan: GeminiPlan, candidate: TextPlan, index: number): Json {
  return {
    finishReason: FINISH_REASONS[candidate.end],
    index,
    ...(candidate.end === "refusal" ? { safetyRatings: ratings() } : {}),
    ...(plan.searches > 0 ? { groundingMetadata: groundingOf(plan, candidate) } : {}),
    ...logprobsOf(plan, candidate),
  };
}

/** The answer to a prompt that Google does not let through. */
export const PROMPT_FEEDBACK: Json = { blockReason: "PROHIBITED_CONTENT", safetyRatings: ratings() };

function ratings(): Json[] {
  const blocking = { category: "HARM_CATEGORY_DANGEROUS_CONTENT", probability: "HIGH", blocked: true };
  return [...CATEGORIES.map((name) => ({ category: `HARM_CATEGORY_${name}`, probability: "NEGLIGIBLE" })), blocking];
}

function groundingOf({ searches }: GeminiPlan, { tokens }: TextPlan): Json {
  const text = tokens.slice(0, 6).join("");
  return {
    searchEntryPoint: { renderedContent: "<div></div>" },
    groundingChunks: [{ web: { uri: "https://example.com/rivers", title: "example.com" } }],
    groundingSupports: [{ segment: { endIndex: Buffer.byteLength(text), text }, groundingChunkIndices: [0] }],
    webSearchQueries: Array.from({ length: searches }, (_, at) => `rivers ${at + 1}`),
  };
}

function logprobsOf({ request }: GeminiPlan, { tokens }: TextPlan): Json {
  const config = request.generationConfig;
  if (config?.responseLogprobs !== true || tokens.length === 0) return {};
  const { content } = makeLogprobs(tokens, config.logprobs ?? 0);
  const chosenCandidates = content.map(({ token, logprob }, at) => ({
    token,
    tokenId: at + 1,
    logProbability: logprob,
  }));
  const topCandidates = content.map(({ top_logprobs: top }) => ({
    candidates: top.map(({ token, logprob }, at) => ({ token, tokenId: at + 1, logProbability: logprob })),
  }));
  const sum = content.reduce((total, { logprob }) => total + logprob, 0);
  return {
    avgLogprobs: sum / content.length,
    logprobsResult: { ...(config.logprobs ? { topCandidates } : {}), chosenCandidates },
  };
}

import { AppError } from "#kernel";
import { createMemberReader, type MemberReader } from "../member-reader.ts";
import type { PromptParameter } from "../parameters.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { NO_SAMPLING, type Prompt } from "../prompt.ts";
import type { TextExtra, TextRequest } from "../text-request.ts";
import { createTextTally } from "../text-tally.ts";

const MODEL_MAX_CHARACTERS = 256;
const CHOICES_MAXIMUM = 128;
const STOPS_MAXIMUM = 64;
/** What this endpoint gives where nothing is asked; it is its documented default. */
const DEFAULT_MAX_TOKENS = 16;
const DEFAULT_SERVICE_TIERS: ReadonlySet<string> = new Set(["auto", "default"]);

/** Members that say the same in a chat. */
const PARAMETERS = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "stop",
  "logit_bias",
  "user",
] as const satisfies readonly PromptParameter[];

/** What only a model that completes text has, with the values that ask for none of it. */
const UNSUPPORTED: readonly (readonly [string, readonly unknown[]])[] = [
  ["suffix", [""]],
  ["echo", [false]],
  ["best_of", [1]],
  ["logprobs", []],
];

const OTHERS = [
  "model",
  "prompt",
  "max_tokens",
  "n",
  "stream",
  "stream_options",
  "service_tier",
  "usage",
  "models",
  "provider",
];

const MEMBERS: ReadonlySet<string> = new Set([...PARAMETERS, ...UNSUPPORTED.map(([name]) => name), ...OTHERS]);

/**
 * Reads the body of the legacy `POST /v1/completions`: one prompt, asked of a chat model as a message of the user.
 * Throws AppError `invalid_json`, `invalid_parameter` or `unsupported_parameter`. Source: OpenAI's API reference.
 */
export function parseCompletionsRequest(text: string): TextRequest {
  const { object, value } = parseBody(text, MEMBERS);
  if (!isRecord(value)) throw invalidParameter("body", "must be an object.");
  const body = createMemberReader(value, "");
  for (const [name, defaults] of UNSUPPORTED) refuse(body, name, defaults);
  const stream = body.flag("stream") ?? false;
  const streamOptions = body.record("stream_options");
  if (streamOptions && !stream) throw invalidParameter("stream_options", "is only allowed when 'stream' is true.");
  const tally = createTextTally();
  const prompt = readPrompt(body);
  tally.add(prompt);
  const choices = body.count("n") ?? 1;
  if (choices > CHOICES_MAXIMUM) throw invalidParameter("n", `must be at most ${CHOICES_MAXIMUM}.`);
  const decoded = decode(body, prompt, choices);
  return {
    format: "openai-completions",
    object,
    model: readModel(body),
    stream,
    streamOptions,
    includeUsage: createMemberReader(streamOptions ?? {}, "stream_options").flag("include_usage") ?? false,
    includeCost: createMemberReader(body.record("usage") ?? {}, "usage").flag("include") ?? false,
    outputMaximum: body.count("max_tokens") ?? DEFAULT_MAX_TOKENS,
    choices,
    input: { messages: 1, textBytes: tally.bytes(), images: 0, audios: 0, files: 0 },
    toolsBytes: 0,
    formatBytes: 0,
    extras: readExtras(body),
    searchesMaximum: null,
    uses: readUses(body, choices),
    models: body.raw("models"),
    provider: body.raw("provider"),
    estimateInputTokens: () => tally.estimateTokens(),
    decode: () => decoded,
  };
}

function refuse(body: MemberReader, name: string, defaults: readonly unknown[]): void {
  const value = body.raw(name) ?? null;
  if (value === null || defaults.includes(value)) return;
  throw new AppError("unsupported_parameter", { param: name, params: { param: name } });
}

function readModel(body: MemberReader): string {
  const model = body.text("model");
  if (!model) throw invalidParameter("model", "is required and must be a string.");
  if (model.length <= MODEL_MAX_CHARACTERS) return model;
  throw invalidParameter("model", `is longer than ${MODEL_MAX_CHARACTERS} characters.`);
}

function readPrompt(body: MemberReader): string {
  const prompt = body.raw("prompt");
  const only: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof only === "string") return only;
  throw invalidParameter("prompt", "is required and must be one text: lists of texts or of tokens are not taken.");
}

function readExtras(body: MemberReader): readonly TextExtra[] {
  const tier = body.text("service_tier");
  return tier === null || DEFAULT_SERVICE_TIERS.has(tier) ? [] : ["service_tier"];
}

function readUses(body: MemberReader, choices: number): ReadonlyMap<PromptParameter, string> {
  const isUsed = (name: string): boolean => (body.raw(name) ?? null) !== null;
  const uses = new Map<PromptParameter, string>(PARAMETERS.filter(isUsed).map((name) => [name, name]));
  if (choices > 1) uses.set("n", "n");
  return uses;
}

function decode(body: MemberReader, prompt: string, choices: number): Prompt {
  const stop = typeof body.raw("stop") === "string" ? body.text("stop") : null;
  body.record("logit_bias");
  return {
    system: [],
    messages: [{ role: "user", parts: [{ type: "text", text: prompt }] }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    outputFormat: null,
    reasoning: null,
    sampling: {
      ...NO_SAMPLING,
      temperature: body.number("temperature"),
      topP: body.number("top_p"),
      presencePenalty: body.number("presence_penalty"),
      frequencyPenalty: body.number("frequency_penalty"),
      seed: body.number("seed"),
      stop: stop === null ? (body.texts("stop", STOPS_MAXIMUM) ?? []) : [stop],
      choices,
    },
    user: body.text("user"),
    metadata: null,
    verbosity: null,
  };
}

import { checkToolTurns } from "../check-tool-turns.ts";
import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type {
  MediaSource,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  ReasoningEffort,
  ReasoningRequest,
  ToolChoice,
  ToolResultPart,
} from "../prompt.ts";
import { budgetOf, effortOf } from "../reasoning.ts";

type Json = Readonly<Record<string, unknown>>;

/** Which members a generation takes. Sources: Gemini API, "Thinking" and "Thought signatures"; the AI SDK's model catalogue (2026-11). */
const OF_GENERATION_3 = /gemini-(?!1[.-]|2[.-])/;
const BUDGET_ONLY = /gemini-3-pro-image/;
const KNOWS_XHIGH = /hydrogen/;
const LOWEST_IS_LOW =
  /gemini-(?:flash-latest|\d+(?:\.\d+)?-pro|(?:3\.[7-9]|[4-9](?:\.\d+)?)-flash(?!-lite)|\d+-hydrogen)/;
const IS_LARGE = /2\.5-pro|gemini-3-pro-image/;
const BUDGET_MAXIMUM_TOKENS = 24_576;
const LARGE_BUDGET_MINIMUM_TOKENS = 128;
const LARGE_BUDGET_MAXIMUM_TOKENS = 32_768;
/** What Google documents for a call that another model made, which has no signature of its own. */
export const NO_SIGNATURE = "skip_thought_signature_validator";
const SAFE_MEDIA_TYPE = "application/octet-stream";

/** True for models whose calls must be signed, and that read pictures inside results. */
export const isOfGeneration3 = (model: string): boolean => OF_GENERATION_3.test(model);

/** A prompt as the body of `:generateContent`. Instructions alone are asked as the user's own words. Throws AppError `invalid_parameter` for what the model cannot be asked. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const isNew = isOfGeneration3(options.upstreamModel);
  const hasFormat = prompt.outputFormat !== null && prompt.outputFormat.type !== "text";
  if (hasFormat && prompt.tools.length > 0 && !isNew)
    throw invalidParameter("tools", "cannot be combined with structured output for this model.");
  return {
    ...encodeConversation(prompt, isNew),
    ...(prompt.tools.length === 0 ? {} : { tools: [{ functionDeclarations: prompt.tools.map(encodeTool) }] }),
    ...(prompt.toolChoice && prompt.tools.length > 0
      ? { toolConfig: { functionCallingConfig: encodeToolChoice(prompt.toolChoice) } }
      : {}),
    generationConfig: encodeConfig(prompt, options),
  };
}

/** Google takes a conversation that its model opened, but not with calls: those follow a turn of the user. */
function encodeConversation({ system, messages }: Prompt, isNew: boolean): Json {
  checkToolTurns(messages);
  const names = toolNames(messages);
  const contents = mergeRoles(messages.map((message) => encodeMessage(message, names, isNew)));
  const parts = system.flatMap(({ text }) => (text === "" ? [] : [{ text }]));
  const [first] = contents;
  if (first?.role === "model" && first.parts.some((part) => "functionCall" in part))
    throw invalidParameter("messages", "must begin with a user's message for this model.");
  if (first) return { contents, ...(parts.length === 0 ? {} : { systemInstruction: { parts } }) };
  if (parts.length === 0) throw invalidParameter("messages", "holds nothing to answer.");
  return { contents: [{ role: "user", parts }] };
}

function encodeConfig({ sampling, outputFormat, reasoning }: Prompt, options: EncodeRequestOptions): Json {
  return {
    ...present({
      maxOutputTokens: options.outputTokens,
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: sampling.topK,
      presencePenalty: sampling.presencePenalty,
      frequencyPenalty: sampling.frequencyPenalty,
      seed: sampling.seed,
      responseLogprobs: sampling.logprobs ? true : null,
      logprobs: sampling.topLogprobs,
    }),
    ...(sampling.stop.length === 0 ? {} : { stopSequences: sampling.stop }),
    ...(sampling.choices > 1 ? { candidateCount: sampling.choices } : {}),
    ...(outputFormat ? encodeOutputFormat(outputFormat) : {}),
    ...(reasoning ? { thinkingConfig: encodeReasoning(reasoning, options) } : {}),
  };
}

const present = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

function encodeOutputFormat(format: OutputFormat): Json {
  if (format.type !== "json_schema") return format.type === "json" ? { responseMimeType: "application/json" } : {};
  return { responseMimeType: "application/json", responseJsonSchema: format.schema };
}

function encodeReasoning(reasoning: ReasoningRequest, { upstreamModel, outputTokens }: EncodeRequestOptions): Json {
  const includeThoughts = reasoning.show === null ? {} : { includeThoughts: reasoning.show };
  if (isOfGeneration3(upstreamModel) && !BUDGET_ONLY.test(upstreamModel)) {
    const effort = effortOf(reasoning);
    return effort === null ? includeThoughts : { ...includeThoughts, thinkingLevel: levelOf(effort, upstreamModel) };
  }
  const budget = budgetOf(reasoning, outputTokens);
  return { ...includeThoughts, ...(budget === null ? {} : { thinkingBudget: fitBudget(budget, upstreamModel) }) };
}

/** There is no level for none at all; the least is the nearest. */
function levelOf(effort: ReasoningEffort, model: string): string {
  if (effort === "xhigh") return KNOWS_XHIGH.test(model) ? "XHIGH" : "HIGH";
  if (effort !== "none" && effort !== "minimal") return effort.toUpperCase();
  return LOWEST_IS_LOW.test(model) ? "LOW" : "MINIMAL";
}

/** Google refuses a budget beyond what the model may think, or none for one that cannot but think. -1 leaves it to the model. */
function fitBudget(budget: number, model: string): number {
  if (budget < 0) return -1;
  if (!IS_LARGE.test(model)) return Math.min(budget, BUDGET_MAXIMUM_TOKENS);
  return Math.min(Math.max(budget, LARGE_BUDGET_MINIMUM_TOKENS), LARGE_BUDGET_MAXIMUM_TOKENS);
}

function encodeTool({ name, description, schema }: PromptTool): Json {
  return {
    name,
    ...(description === null ? {} : { description }),
    ...(schema === null ? {} : { parametersJsonSchema: schema }),
  };
}

function encodeToolChoice(choice: ToolChoice): Json {
  if (choice.type === "tool") return { mode: "ANY", allowedFunctionNames: [choice.name] };
  return { mode: { auto: "AUTO", none: "NONE", required: "ANY" }[choice.type] };
}

/** A result names its function, which some formats say only with the call. */
function toolNames(messages: readonly PromptMessage[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { parts } of messages)
    for (const part of parts) if (part.type === "tool-call") names.set(part.id, part.name);
  return names;
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: readonly Json[];
}

function encodeMessage({ role, parts }: PromptMessage, names: ReadonlyMap<string, string>, isNew: boolean): Content {
  const encoded: Json[] = [];
  let signature: string | null = null;
  let isFirstCall = true;
  for (const part of parts) {
    if (part.type === "reasoning") {
      // Thoughts themselves need not come back; their signature must, with the part that follows them.
      signature = part.signature?.format === "gemini" ? part.signature.value : signature;
      continue;
    }
    // Google takes no empty text; the signature of thoughts before it waits for the next part.
    if ((part.type === "text" || part.type === "refusal") && part.text === "") continue;
    const own: string | null =
      part.type === "tool-call" && part.signature?.format === "gemini" ? part.signature.value : null;
    const isUnsigned = part.type === "tool-call" && isFirstCall && isNew;
    const token = own ?? signature ?? (isUnsigned ? NO_SIGNATURE : null);
    if (part.type === "tool-call") isFirstCall = false;
    encoded.push({ ...encodePart(part, names, isNew), ...(token === null ? {} : { thoughtSignature: token }) });
    if (part.type === "tool-result" && !isNew) encoded.push(...resultMedia(part));
    signature = null;
  }
  if (signature !== null) encoded.push({ text: "", thoughtSignature: signature });
  return { role: role === "assistant" ? "model" : "user", parts: encoded };
}

function encodePart(
  part: Exclude<PromptPart, { type: "reasoning" }>,
  names: ReadonlyMap<string, string>,
  isNew: boolean,
): Json {
  if (part.type === "text" || part.type === "refusal") return { text: part.text };
  if (part.type === "tool-result") return { functionResponse: encodeResult(part, names, isNew) };
  if (part.type !== "tool-call") return encodeMedia(part.source, part.type);
  return { functionCall: { id: part.id, name: part.name, args: parseJson(part.arguments) ?? {} } };
}

/** Pictures of a result lie inside it from generation 3 on, and beside it before. */
function encodeResult(result: ToolResultPart, names: ReadonlyMap<string, string>, isNew: boolean): Json {
  const name = result.name ?? names.get(result.callId);
  if (name === undefined) throw invalidParameter("messages", "hold the result of a tool call that is not among them.");
  const text = result.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const media = isNew ? resultMedia(result) : [];
  return {
    id: result.callId,
    name,
    response: result.isError ? { error: text } : { output: text },
    ...(media.length === 0 ? {} : { parts: media }),
  };
}

const resultMedia = ({ parts }: ToolResultPart): readonly Json[] =>
  parts.flatMap((part) => (part.type === "text" ? [] : [encodeMedia(part.source, part.type)]));

/** Google wants to be told what an address holds. The path's end says it where the caller did not; else the most common kind. */
const MEDIA_TYPES = { image: "image/jpeg", audio: "audio/mp3", document: "application/pdf" } as const;
const KNOWN_END = /\.(png|jpeg|webp|gif|heic|heif|wav|aac|ogg|flac)$/i;

function typeOfUrl(url: string, kind: keyof typeof MEDIA_TYPES): string {
  const end = KNOWN_END.exec(URL.parse(url)?.pathname ?? "")?.[1];
  const isOfKind = end !== undefined && kind !== "document" && /wav|aac|ogg|flac/i.test(end) === (kind === "audio");
  return isOfKind ? `${kind}/${end.toLowerCase()}` : MEDIA_TYPES[kind];
}

function encodeMedia(source: MediaSource, kind: keyof typeof MEDIA_TYPES): Json {
  if (source.type === "base64")
    return { inlineData: { mimeType: source.mediaType || SAFE_MEDIA_TYPE, data: source.data } };
  return { fileData: { mimeType: source.mediaType ?? typeOfUrl(source.url, kind), fileUri: source.url } };
}

/** Neighbours of one role become one content, as Google wants turns to alternate. */
function mergeRoles(contents: readonly Content[]): readonly Content[] {
  const merged: Content[] = [];
  for (const content of contents) {
    if (content.parts.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === content.role) merged[merged.length - 1] = { ...last, parts: [...last.parts, ...content.parts] };
    else merged.push(content);
  }
  return merged;
}

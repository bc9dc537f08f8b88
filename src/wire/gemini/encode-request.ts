import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type {
  ImagePart,
  MediaSource,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  ReasoningRequest,
  ToolChoice,
  ToolResultPart,
} from "../prompt.ts";
import { budgetOf, effortOf } from "../reasoning.ts";

type Json = Readonly<Record<string, unknown>>;

/** From this generation on thinking is named by level; before, by budget. Source: Gemini API, "Thinking". */
const USES_LEVELS = /gemini-(?:[3-9]|\d\d)/;
/** What Google documents for a call that another model made, which has no signature of its own. */
const NO_SIGNATURE = "skip_thought_signature_validator";
const SAFE_MEDIA_TYPE = "application/octet-stream";

/** A prompt as the body of `:generateContent`. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const names = toolNames(prompt.messages);
  return {
    contents: mergeRoles(prompt.messages.map((message) => encodeMessage(message, names, options.upstreamModel))),
    ...(prompt.system.length === 0
      ? {}
      : { systemInstruction: { parts: prompt.system.map(({ text }) => ({ text })) } }),
    ...(prompt.tools.length === 0 ? {} : { tools: [{ functionDeclarations: prompt.tools.map(encodeTool) }] }),
    ...(prompt.toolChoice ? { toolConfig: { functionCallingConfig: encodeToolChoice(prompt.toolChoice) } } : {}),
    generationConfig: encodeConfig(prompt, options),
  };
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
  if (USES_LEVELS.test(upstreamModel)) {
    const effort = effortOf(reasoning);
    if (effort === null) return includeThoughts;
    // There is no level for none at all; the least is the nearest.
    return { ...includeThoughts, thinkingLevel: (effort === "none" ? "minimal" : effort).toUpperCase() };
  }
  const budget = budgetOf(reasoning, outputTokens);
  return { ...includeThoughts, ...(budget === null ? {} : { thinkingBudget: budget }) };
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

function encodeMessage({ role, parts }: PromptMessage, names: ReadonlyMap<string, string>, model: string): Content {
  const encoded: Json[] = [];
  let signature: string | null = null;
  let isFirstCall = true;
  for (const part of parts) {
    if (part.type === "reasoning") {
      // Thoughts themselves need not come back; their signature must, with the part that follows them.
      signature = part.signature?.format === "gemini" ? part.signature.value : signature;
      continue;
    }
    const own: string | null =
      part.type === "tool-call" && part.signature?.format === "gemini" ? part.signature.value : null;
    const isUnsigned = part.type === "tool-call" && isFirstCall && USES_LEVELS.test(model);
    const token = own ?? signature ?? (isUnsigned ? NO_SIGNATURE : null);
    if (part.type === "tool-call") isFirstCall = false;
    encoded.push({ ...encodePart(part, names), ...(token === null ? {} : { thoughtSignature: token }) });
    signature = null;
  }
  if (signature !== null) encoded.push({ text: "", thoughtSignature: signature });
  return { role: role === "assistant" ? "model" : "user", parts: encoded };
}

function encodePart(part: Exclude<PromptPart, { type: "reasoning" }>, names: ReadonlyMap<string, string>): Json {
  if (part.type === "text" || part.type === "refusal") return { text: part.text };
  if (part.type === "tool-result") return { functionResponse: encodeResult(part, names) };
  if (part.type !== "tool-call") return encodeMedia(part.source, part.type);
  return { functionCall: { id: part.id, name: part.name, args: parseJson(part.arguments) ?? {} } };
}

function encodeResult(result: ToolResultPart, names: ReadonlyMap<string, string>): Json {
  const name = result.name ?? names.get(result.callId);
  if (name === undefined) throw invalidParameter("messages", "hold the result of a tool call that is not among them.");
  const text = result.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const media = result.parts.filter((part): part is ImagePart => part.type === "image");
  return {
    id: result.callId,
    name,
    response: result.isError ? { error: text } : { output: text },
    ...(media.length === 0 ? {} : { parts: media.map(({ source }) => encodeMedia(source, "image")) }),
  };
}

const MEDIA_TYPES = { image: "image/*", audio: "audio/*", document: "application/pdf" } as const;

function encodeMedia(source: MediaSource, kind: keyof typeof MEDIA_TYPES): Json {
  if (source.type === "base64")
    return { inlineData: { mimeType: source.mediaType || SAFE_MEDIA_TYPE, data: source.data } };
  return { fileData: { mimeType: source.mediaType ?? MEDIA_TYPES[kind], fileUri: source.url } };
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

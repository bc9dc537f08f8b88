import { invalidParameter, isRecord } from "../parse-body.ts";
import type { MemberReader } from "../member-reader.ts";
import {
  NO_SAMPLING,
  type OutputFormat,
  type Prompt,
  type PromptTool,
  type ReasoningEffort,
  type ReasoningRequest,
  type Sampling,
  type TextPart,
  type ToolChoice,
} from "../prompt.ts";
import { decodeContents } from "./decode-contents.ts";
import { toJsonSchema } from "./json-schema.ts";
import { readObject } from "./spelling.ts";

const LIST_MAXIMUM = 1_024;
const EFFORTS: ReadonlySet<string> = new Set<ReasoningEffort>(["minimal", "low", "medium", "high", "xhigh"]);

/** A Gemini request in no format in particular. Throws AppError `invalid_parameter` for what cannot be said in another. */
export function decodeRequest(value: Readonly<Record<string, unknown>>): Prompt {
  const body = readObject(value, "");
  const config = readObject(body.record("generationConfig") ?? {}, "generationConfig");
  return {
    system: decodeSystem(body),
    messages: decodeContents(body.list("contents", Infinity) ?? []),
    tools: (body.list("tools", LIST_MAXIMUM) ?? []).flatMap(decodeTools),
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: null,
    outputFormat: decodeOutputFormat(config),
    reasoning: decodeReasoning(config),
    sampling: decodeSampling(config),
    user: null,
    metadata: null,
    verbosity: null,
  };
}

/** `systemInstruction` is a content, its parts or a bare string (the SDK takes all three, the API the first). */
function decodeSystem(body: MemberReader): readonly TextPart[] {
  const raw = body.raw("systemInstruction");
  if (raw === undefined || raw === null) return [];
  if (typeof raw === "string") return [{ type: "text", text: raw }];
  if (!isRecord(raw)) throw invalidParameter("systemInstruction", "must be an object.");
  const parts = readObject(raw, "systemInstruction").list("parts", LIST_MAXIMUM) ?? [];
  return parts.map((part, index) => {
    const path = `systemInstruction.parts[${index}]`;
    const text = isRecord(part) ? readObject(part, path).text("text") : null;
    if (text === null) throw invalidParameter(path, "must be a text part.");
    return { type: "text", text };
  });
}

function decodeTools(tool: unknown, index: number): readonly PromptTool[] {
  if (!isRecord(tool)) throw invalidParameter(`tools[${index}]`, "must be an object.");
  const path = `tools[${index}].functionDeclarations`;
  const declarations = readObject(tool, `tools[${index}]`).list("functionDeclarations", LIST_MAXIMUM) ?? [];
  return declarations.map((declaration, at) => {
    if (!isRecord(declaration)) throw invalidParameter(`${path}[${at}]`, "must be an object.");
    const reader = readObject(declaration, `${path}[${at}]`);
    const name = reader.text("name");
    if (name === null) throw invalidParameter(`${path}[${at}].name`, "is required and must be a string.");
    const schema = reader.record("parametersJsonSchema") ?? reader.record("parameters");
    return {
      name,
      description: reader.text("description"),
      schema: schema && toJsonSchema(schema),
      strict: null,
    };
  });
}

function decodeToolChoice(body: MemberReader): ToolChoice | null {
  const toolConfig = body.record("toolConfig");
  const calling = toolConfig && readObject(toolConfig, "toolConfig").record("functionCallingConfig");
  if (!calling) return null;
  const path = "toolConfig.functionCallingConfig";
  const reader = readObject(calling, path);
  const names = reader.texts("allowedFunctionNames", LIST_MAXIMUM) ?? [];
  const mode = (reader.text("mode") ?? "AUTO").toUpperCase();
  if (mode === "NONE") return { type: "none" };
  if (mode === "AUTO" || mode === "MODE_UNSPECIFIED") return { type: "auto" };
  if (mode !== "ANY" && mode !== "VALIDATED") throw invalidParameter(`${path}.mode`, "must be AUTO, ANY or NONE.");
  const [only] = names;
  // To call one of some, or none at all, no other format can say.
  if (names.length > 1 || (only !== undefined && mode !== "ANY"))
    throw invalidParameter(`${path}.allowedFunctionNames`, "can name one function, in mode ANY, for this model.");
  if (only !== undefined) return { type: "tool", name: only };
  return { type: mode === "ANY" ? "required" : "auto" };
}

function decodeOutputFormat(config: MemberReader): OutputFormat | null {
  const type = config.text("responseMimeType");
  if (type !== null && type !== "text/plain" && type !== "application/json") {
    throw invalidParameter("generationConfig.responseMimeType", "must be text/plain or application/json here.");
  }
  const own = config.record("responseSchema");
  const schema = config.record("responseJsonSchema") ?? (own && toJsonSchema(own));
  if (schema) return { type: "json_schema", name: "response", description: null, schema, strict: null };
  return type === "application/json" ? { type: "json" } : null;
}

function decodeReasoning(config: MemberReader): ReasoningRequest | null {
  const thinking = config.record("thinkingConfig");
  if (!thinking) return null;
  const reader = readObject(thinking, "generationConfig.thinkingConfig");
  const level = reader.text("thinkingLevel")?.toLowerCase() ?? null;
  return {
    effort: isEffort(level) ? level : null,
    // -1 leaves the budget to the model.
    budgetTokens: reader.count("thinkingBudget", -1),
    show: reader.flag("includeThoughts"),
  };
}

const isEffort = (level: string | null): level is ReasoningEffort => level !== null && EFFORTS.has(level);

function decodeSampling(config: MemberReader): Sampling {
  return {
    ...NO_SAMPLING,
    temperature: config.number("temperature"),
    topP: config.number("topP"),
    topK: config.number("topK"),
    presencePenalty: config.number("presencePenalty"),
    frequencyPenalty: config.number("frequencyPenalty"),
    seed: config.number("seed"),
    stop: config.texts("stopSequences", LIST_MAXIMUM) ?? [],
    logprobs: config.flag("responseLogprobs") ?? false,
    topLogprobs: config.count("logprobs", 0),
    choices: config.count("candidateCount") ?? 1,
  };
}

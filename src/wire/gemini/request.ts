import type { RouteHints } from "../codec.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import type { PromptParameter } from "../parameters.ts";
import type { TextExtra, TextRequest } from "../text-request.ts";
import { createTextTally } from "../text-tally.ts";
import { countContent, countValue, type MediaCounts } from "./count-input.ts";
import { decodeRequest } from "./decode-request.ts";
import { readObject } from "./spelling.ts";
import type { MemberReader } from "../member-reader.ts";

const CONTENTS_MAXIMUM = 100_000;
const TOOLS_MAXIMUM = 1_024;
const STOPS_MAXIMUM = 64;
const CHOICES_MAXIMUM = 8;
const MODALITIES_MAXIMUM = 16;
const MEMBERS: ReadonlySet<string> = new Set(["contents", "usage", "models", "provider"]);

/** Where each parameter stands, for refusals and reports. */
const GENERATION_PARAMETERS: readonly (readonly [PromptParameter, string])[] = [
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["top_k", "topK"],
  ["presence_penalty", "presencePenalty"],
  ["frequency_penalty", "frequencyPenalty"],
  ["seed", "seed"],
  ["stop", "stopSequences"],
  ["logprobs", "responseLogprobs"],
  ["reasoning", "thinkingConfig"],
];

/**
 * Reads the body of `:generateContent` and `:streamGenerateContent`; the model and whether to stream stand in the
 * address. Throws AppError `invalid_json` or `invalid_parameter`. Source: Google's Gemini API reference.
 */
export function parseGeminiRequest(text: string, route: RouteHints): TextRequest {
  const { object, value } = parseBody(text, MEMBERS);
  if (!isRecord(value)) throw invalidParameter("body", "must be an object.");
  if (route.model === null) throw invalidParameter("model", "stands in the address of this endpoint.");
  const body = readObject(value, "");
  const contents = body.list("contents", CONTENTS_MAXIMUM);
  if (!contents || contents.length === 0) throw invalidParameter("contents", "is required and must not be empty.");
  const config = readObject(body.record("generationConfig") ?? {}, "generationConfig");
  const tally = createTextTally();
  const media: MediaCounts = { images: 0, audios: 0, files: 0 };
  for (const [index, content] of contents.entries()) countContent(content, `contents[${index}]`, media, tally);
  countContent(body.raw("systemInstruction"), "systemInstruction", media, tally);
  const textBytes = tally.bytes();
  const tools = body.list("tools", TOOLS_MAXIMUM) ?? [];
  countValue(tools, tally);
  countValue(body.raw("toolConfig"), tally);
  const toolsBytes = tally.bytes() - textBytes;
  countValue(config.raw("responseSchema"), tally);
  countValue(config.raw("responseJsonSchema"), tally);
  const usage = readObject(body.record("usage") ?? {}, "usage");
  const uses = readUses(body, config, tools, media);
  return {
    format: "gemini",
    object,
    model: route.model,
    stream: route.stream ?? false,
    streamOptions: null,
    includeUsage: true,
    includeCost: usage.flag("include") ?? false,
    outputMaximum: config.count("maxOutputTokens"),
    choices: readChoices(config),
    input: { messages: contents.length + 1, textBytes, ...media },
    toolsBytes,
    formatBytes: tally.bytes() - textBytes - toolsBytes,
    extras: readExtras(body, config, tools),
    searchesMaximum: null,
    uses,
    models: value["models"],
    provider: value["provider"],
    estimateInputTokens: () => tally.estimateTokens(),
    decode: () => decodeRequest(value),
  };
}

function readChoices(config: MemberReader): number {
  const choices = config.count("candidateCount") ?? 1;
  if (choices <= CHOICES_MAXIMUM) return choices;
  throw invalidParameter("generationConfig.candidateCount", `must be at most ${CHOICES_MAXIMUM}.`);
}

function readUses(
  body: MemberReader,
  config: MemberReader,
  tools: readonly unknown[],
  media: MediaCounts,
): ReadonlyMap<PromptParameter, string> {
  const uses = new Map<PromptParameter, string>();
  for (const [parameter, name] of GENERATION_PARAMETERS) {
    const value = config.raw(name);
    const isEmpty = Array.isArray(value) && value.length === 0;
    const isUsed = value !== undefined && value !== null && value !== false && !isEmpty;
    if (isUsed) uses.set(parameter, `generationConfig.${name}`);
  }
  config.texts("stopSequences", STOPS_MAXIMUM);
  if (readChoices(config) > 1) uses.set("n", "generationConfig.candidateCount");
  if (tools.length > 0) uses.set("tools", "tools");
  if (body.record("toolConfig")) uses.set("tool_choice", "toolConfig");
  const schema = ["responseJsonSchema", "responseSchema"].find((name) => config.record(name) !== null);
  if (schema !== undefined) uses.set("structured_output", `generationConfig.${schema}`);
  else if (config.text("responseMimeType") === "application/json") {
    uses.set("json_mode", "generationConfig.responseMimeType");
  }
  if (media.images > 0) uses.set("image_input", "contents");
  if (media.audios > 0) uses.set("audio_input", "contents");
  if (media.files > 0) uses.set("document_input", "contents");
  if (asksFor(config, "IMAGE")) uses.set("image_output", "generationConfig.responseModalities");
  if (asksFor(config, "AUDIO")) uses.set("audio_output", "generationConfig.responseModalities");
  if (tools.some((tool) => hasMember(tool, "googleSearch", "google_search"))) uses.set("web_search", "tools");
  return uses;
}

function asksFor(config: MemberReader, modality: string): boolean {
  return (
    config.texts("responseModalities", MODALITIES_MAXIMUM)?.some((name) => name.toUpperCase() === modality) ?? false
  );
}

/** Members of a tool that the gateway knows; any other is a tool that Google runs. */
const FUNCTION_MEMBERS: ReadonlySet<string> = new Set(["functionDeclarations", "function_declarations"]);
const SEARCH_MEMBERS: ReadonlySet<string> = new Set(["googleSearch", "google_search"]);

function readExtras(body: MemberReader, config: MemberReader, tools: readonly unknown[]): readonly TextExtra[] {
  const extras = new Set<TextExtra>();
  for (const [index, tool] of tools.entries()) {
    if (!isRecord(tool)) throw invalidParameter(`tools[${index}]`, "must be an object.");
    for (const name of Object.keys(tool)) {
      if (SEARCH_MEMBERS.has(name)) extras.add("web_search");
      else if (!FUNCTION_MEMBERS.has(name)) extras.add("server_tool");
    }
  }
  if (body.text("cachedContent") !== null) extras.add("server_state");
  if (asksFor(config, "IMAGE")) extras.add("image_output");
  if (asksFor(config, "AUDIO") || config.record("speechConfig")) extras.add("audio_output");
  return [...extras];
}

const hasMember = (value: unknown, ...names: readonly string[]): boolean =>
  isRecord(value) && names.some((name) => name in value);

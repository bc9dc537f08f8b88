import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type {
  CacheMarker,
  MediaSource,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  ToolChoice,
} from "../prompt.ts";
import { BUDGET_MINIMUM_TOKENS, budgetOf } from "../reasoning.ts";

type Json = Readonly<Record<string, unknown>>;

/** Only these take Anthropic's own members beside Converse's. */
const IS_CLAUDE = /anthropic\.claude/;
const STRUCTURED_TOOL = "structured_output";

/** A prompt as the body of Converse and ConverseStream; the model stands in the address. */
export function encodeRequest(prompt: Prompt, options: EncodeRequestOptions): Json {
  const { sampling } = prompt;
  const tools = toolConfig(prompt);
  const own = ownFields(prompt, options);
  return {
    messages: mergeRoles(prompt.messages.map(encodeMessage)),
    ...(prompt.system.length === 0
      ? {}
      : { system: prompt.system.flatMap(({ text, cache }) => [{ text }, ...cachePoint(cache)]) }),
    inferenceConfig: {
      ...(options.outputTokens === null ? {} : { maxTokens: options.outputTokens }),
      ...(sampling.temperature === null ? {} : { temperature: sampling.temperature }),
      ...(sampling.topP === null ? {} : { topP: sampling.topP }),
      ...(sampling.stop.length === 0 ? {} : { stopSequences: sampling.stop }),
    },
    ...(tools ? { toolConfig: tools } : {}),
    ...(prompt.outputFormat?.type === "json_schema" ? { outputConfig: outputConfig(prompt.outputFormat) } : {}),
    ...(Object.keys(own).length === 0 ? {} : { additionalModelRequestFields: own }),
  };
}

/** Source: Bedrock API reference, OutputConfig (structured outputs): the schema travels as text. */
function outputConfig(format: Extract<OutputFormat, { type: "json_schema" }>): Json {
  return {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { name: format.name || STRUCTURED_TOOL, schema: JSON.stringify(format.schema) } },
    },
  };
}

/** What only Claude knows: how long to think, and top-k. Other models take none of it. */
function ownFields({ sampling, reasoning }: Prompt, { upstreamModel, outputTokens }: EncodeRequestOptions): Json {
  if (!IS_CLAUDE.test(upstreamModel)) {
    if (sampling.topK !== null) throw invalidParameter("top_k", "is not a parameter of this model.");
    return {};
  }
  const budget = reasoning && budgetOf(reasoning, outputTokens);
  const fits = budget && budget >= BUDGET_MINIMUM_TOKENS && (outputTokens === null || budget < outputTokens);
  return {
    ...(sampling.topK === null ? {} : { top_k: sampling.topK }),
    ...(fits ? { thinking: { type: "enabled", budget_tokens: budget } } : {}),
  };
}

function toolConfig({ tools, toolChoice }: Prompt): Json | null {
  // "None" has no form here: without tools none is called.
  if (tools.length === 0 || toolChoice?.type === "none") return null;
  return {
    tools: tools.flatMap((tool) => [{ toolSpec: encodeTool(tool) }, ...cachePoint(tool.cache)]),
    ...(toolChoice ? { toolChoice: encodeToolChoice(toolChoice) } : {}),
  };
}

function encodeTool({ name, description, schema }: PromptTool): Json {
  return {
    name,
    ...(description === null || description === "" ? {} : { description }),
    inputSchema: { json: schema ?? { type: "object", properties: {} } },
  };
}

function encodeToolChoice(choice: ToolChoice): Json {
  if (choice.type === "tool") return { tool: { name: choice.name } };
  return choice.type === "required" ? { any: {} } : { auto: {} };
}

const cachePoint = (cache: CacheMarker | null | undefined): readonly Json[] =>
  cache ? [{ cachePoint: { type: "default", ...(cache.ttl === "1h" ? { ttl: "1h" } : {}) } }] : [];

interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Json[];
}

function encodeMessage({ role, parts }: PromptMessage, index: number): Message {
  return {
    role: role === "assistant" ? "assistant" : "user",
    content: parts.flatMap((part, at) => encodePart(part, `${index}-${at}`)),
  };
}

function encodePart(part: PromptPart, name: string): readonly Json[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [{ text: part.text }, ...("cache" in part ? cachePoint(part.cache) : [])];
    case "image":
      return [
        { image: { format: formatOf(part.source, "image"), source: bytesOf(part.source) } },
        ...cachePoint(part.cache),
      ];
    case "document":
      return [
        {
          document: {
            format: formatOf(part.source, "document"),
            name: safeName(part.name, name),
            source: bytesOf(part.source),
          },
        },
        ...cachePoint(part.cache),
      ];
    case "audio":
      throw invalidParameter("messages", "hold sound, which this model does not take.");
    case "tool-call":
      return [{ toolUse: { toolUseId: part.id, name: part.name, input: parseJson(part.arguments) ?? {} } }];
    case "tool-result":
      return [
        {
          toolResult: {
            toolUseId: part.callId,
            content: part.parts.flatMap((inner) => encodePart({ ...inner, cache: null }, name)),
            status: part.isError ? "error" : "success",
          },
        },
        ...cachePoint(part.cache),
      ];
    case "reasoning":
    default:
      return encodeReasoning(part);
  }
}

/** Reasoning comes back only with the signature that Bedrock gave it. */
function encodeReasoning({ text, signature, isRedacted }: Extract<PromptPart, { type: "reasoning" }>): readonly Json[] {
  if (signature?.format !== "bedrock-converse") return [];
  if (isRedacted) return [{ reasoningContent: { redactedContent: signature.value } }];
  return [{ reasoningContent: { reasoningText: { text, signature: signature.value } } }];
}

/** `image/png` as `png`. Text documents have names of their own at Bedrock. */
const DOCUMENT_FORMATS: ReadonlyMap<string, string> = new Map([
  ["application/pdf", "pdf"],
  ["text/plain", "txt"],
  ["text/markdown", "md"],
  ["text/csv", "csv"],
  ["text/html", "html"],
]);

function formatOf(source: MediaSource, kind: "image" | "document"): string {
  const type = source.mediaType ?? "";
  const format = kind === "image" ? /^image\/(png|jpeg|gif|webp)$/.exec(type)?.[1] : DOCUMENT_FORMATS.get(type);
  if (format === undefined)
    throw invalidParameter("messages", `hold a ${kind} of a type that this model does not take.`);
  return format;
}

function bytesOf(source: MediaSource): Json {
  if (source.type === "base64") return { bytes: source.data };
  if (source.url.startsWith("s3://")) return { s3Location: { uri: source.url } };
  throw invalidParameter("messages", "hold a file by its address, which this model does not take: send its bytes.");
}

/** Bedrock takes letters, digits, blanks, hyphens and brackets in a document's name, and each name once. */
function safeName(name: string | null, fallback: string): string {
  const safe = (name ?? "").replaceAll(/[^A-Za-z0-9 \-()[\]]+/g, " ").trim();
  return `${safe === "" ? "document" : safe} ${fallback}`;
}

function mergeRoles(messages: readonly Message[]): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    if (message.content.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === message.role) {
      merged[merged.length - 1] = { role: last.role, content: [...last.content, ...message.content] };
    } else merged.push(message);
  }
  return merged;
}

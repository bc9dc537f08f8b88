import { encodeThinking, wantsThinking } from "../anthropic-messages/encode-thinking.ts";
import { traitsOf } from "../anthropic-messages/model-traits.ts";
import { checkRange } from "../check-range.ts";
import { checkToolTurns } from "../check-tool-turns.ts";
import type { EncodeRequestOptions } from "../codec.ts";
import { invalidParameter } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type {
  CacheMarker,
  OutputFormat,
  Prompt,
  PromptMessage,
  PromptPart,
  PromptTool,
  ToolChoice,
} from "../prompt.ts";
import { bytesOf, formatOf, safeName, withTextBesideDocuments } from "./files.ts";
import { safeToolId } from "./safe-tool-id.ts";

type Json = Readonly<Record<string, unknown>>;

/** Only these take Anthropic's own members beside Converse's. */
const IS_CLAUDE = /anthropic\.claude/;
/** The makers whose models Bedrock caches prompts for; others refuse a cache point. */
const HAS_CACHE = /anthropic\.claude|amazon\.nova/;
const STRUCTURED_TOOL = "structured_output";

export const hasPromptCache = (model: string): boolean => HAS_CACHE.test(model);

/** True for the models that are Claude: what they take beside a format they take here too. */
export const isClaude = (model: string): boolean => IS_CLAUDE.test(model);

/**
 * A prompt as the body of Converse and ConverseStream; the model stands in the address. Instructions alone are asked as
 * the user's own words. Throws AppError `invalid_parameter` for what Converse cannot hold.
 */
export function encodeRequest(asked: Prompt, options: EncodeRequestOptions): Json {
  const prompt = hasPromptCache(options.upstreamModel) ? asked : withoutMarkers(asked);
  checkToolTurns(prompt.messages);
  const tools = toolConfig(prompt);
  const { sampling, own } = modelFields(prompt, options);
  const system = prompt.system.flatMap((part) => encodePart(part, ""));
  return {
    ...encodeConversation(system, mergeRoles(prompt.messages.map(encodeMessage))),
    inferenceConfig: {
      ...(options.outputTokens === null ? {} : { maxTokens: options.outputTokens }),
      ...sampling,
      ...(prompt.sampling.stop.length === 0 ? {} : { stopSequences: prompt.sampling.stop }),
    },
    ...(tools ? { toolConfig: tools } : {}),
    ...(prompt.outputFormat?.type === "json_schema" ? { outputConfig: outputConfig(prompt.outputFormat) } : {}),
    ...(Object.keys(own).length === 0 ? {} : { additionalModelRequestFields: own }),
  };
}

function withoutMarkers({ system, messages, tools, ...rest }: Prompt): Prompt {
  return {
    ...rest,
    system: system.map(unmarked),
    messages: messages.map(({ role, parts }) => ({ role, parts: parts.map(unmarked) })),
    tools: tools.map(unmarked),
  };
}

function unmarked<Marked extends object>(marked: Marked): Marked {
  return "cache" in marked ? { ...marked, cache: null } : marked;
}

function encodeConversation(system: readonly Json[], messages: readonly Message[]): Json {
  const [first] = messages;
  if (first?.role === "assistant")
    throw invalidParameter("messages", "must begin with a user's message for this model.");
  if (first) return { messages: messages.map(withTextBesideDocuments), ...(system.length === 0 ? {} : { system }) };
  if (system.length === 0) throw invalidParameter("messages", "holds nothing to answer.");
  return { messages: [{ role: "user", content: system }] };
}

interface ModelFields {
  readonly sampling: Json;
  readonly own: Json;
}

/** What differs by model: Claude takes no sampling where it thinks, and alone knows how long to think, and top-k. */
function modelFields(prompt: Prompt, { upstreamModel, outputTokens }: EncodeRequestOptions): ModelFields {
  const { temperature, topP, topK } = prompt.sampling;
  if (!isClaude(upstreamModel)) {
    if (topK !== null) throw invalidParameter("top_k", "is not a parameter of this model.");
    checkRange("temperature", temperature, 0, 1);
    return { sampling: present({ temperature, topP }), own: {} };
  }
  const traits = traitsOf(upstreamModel);
  const { thinking, effort } = encodeThinking(prompt, outputTokens ?? traits.outputTokens, traits, "bedrock-converse");
  const own = present({ thinking, output_config: effort && { effort } });
  if (traits.sampling === "none" || wantsThinking(prompt.reasoning)) return { sampling: {}, own };
  checkRange("temperature", temperature, 0, 1);
  const hasTopP = temperature === null || traits.sampling === "all";
  return {
    sampling: present({ temperature, topP: hasTopP ? topP : null }),
    own: { ...own, ...present({ top_k: topK }) },
  };
}

const present = (values: Json): Json =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));

/** Source: Bedrock API reference, OutputConfig (structured outputs): the schema travels as text. */
function outputConfig(format: Extract<OutputFormat, { type: "json_schema" }>): Json {
  return {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { name: format.name || STRUCTURED_TOOL, schema: JSON.stringify(format.schema) } },
    },
  };
}

/** "None" has no form here: without tools none is called. But a conversation that holds calls must come with tools. */
function toolConfig({ tools, toolChoice, messages }: Prompt): Json | null {
  if (tools.length > 0 && toolChoice?.type !== "none") {
    return {
      tools: tools.flatMap((tool) => [{ toolSpec: encodeTool(tool) }, ...cachePoint(tool.cache)]),
      ...(toolChoice ? { toolChoice: encodeToolChoice(toolChoice) } : {}),
    };
  }
  const hasCalls = messages.some(({ parts }) =>
    parts.some(({ type }) => type === "tool-call" || type === "tool-result"),
  );
  if (!hasCalls) return null;
  if (tools.length === 0) throw invalidParameter("tools", "are required where the conversation holds calls of them.");
  throw invalidParameter("tool_choice", "cannot forbid tools for this model where the conversation holds calls.");
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
      // Converse refuses a text of nothing but white space.
      if (part.text.trim() === "") return [];
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
      return [{ toolUse: { toolUseId: safeToolId(part.id), name: part.name, input: parseJson(part.arguments) ?? {} } }];
    case "tool-result": {
      const content = part.parts.flatMap((inner) => encodePart({ ...inner, cache: null }, name));
      return [
        {
          toolResult: {
            toolUseId: safeToolId(part.callId),
            // A failure must hold something at Bedrock, be it an empty object.
            content: part.isError && content.length === 0 ? [{ json: {} }] : content,
            status: part.isError ? "error" : "success",
          },
        },
        ...cachePoint(part.cache),
      ];
    }
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

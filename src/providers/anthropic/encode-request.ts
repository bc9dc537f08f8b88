import { AppError } from "#kernel";
import {
  anthropicOverrides,
  anthropicUpstream,
  isRecord,
  memberText,
  parseJson,
  spliceMembers,
  withoutForeignReasoning,
  type MemberEdits,
  type TextRequest,
} from "#wire";
import { encodeText } from "../encode-text.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";

type ChatCall = Extract<ProviderCall, { operation: "chat.completions" }>;
type CountCall = Extract<ProviderCall, { operation: "tokens.count" }>;

/** Pinned: answers of another version are not what the codec reads. */
const API_VERSION = "2023-06-01";

/** Where neither admission nor the caller named one: every Claude can write as much. */
const OUTPUT_TOKENS_DEFAULT = 4_096;
/** Anthropic's least budget. */
const THINKING_MINIMUM_TOKENS = 1_024;

/** All that `count_tokens` takes; it refuses any other member. */
const COUNTED: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
]);

/**
 * A request to Anthropic. Headers are constants and our key: `anthropic-beta` of the caller's is not forwarded, since what
 * it opens (files, containers, other prices) nobody here has bounded.
 */
export function encodeRequest(settings: ProviderSettings, call: ProviderCall): UpstreamRequest {
  if (call.operation === "chat.completions") return encodeChat(settings, call);
  if (call.operation !== "tokens.count" || call.request.format !== "anthropic-messages") {
    throw new AppError("internal_error");
  }
  return {
    url: `${settings.baseUrl}/messages/count_tokens`,
    headers: headersOf(settings, false),
    body: spliceMembers(call.request.object, countEdits(call)),
    stream: false,
    codec: null,
    answerTypes: ["application/json"],
    droppedParams: [],
    dropUsageChunk: false,
  };
}

function encodeChat(settings: ProviderSettings, call: ChatCall): UpstreamRequest {
  const { request, upstreamModel } = call;
  const { stream } = request;
  // A caller of Anthropic's own format is taken at its word; what others ask for is fitted to the model, and reported.
  const overrides = request.format === "anthropic-messages" ? {} : anthropicOverrides(request, upstreamModel);
  const { body, droppedParams } = encodeText(anthropicUpstream, call, () => chatEdits(call), overrides);
  return {
    url: `${settings.baseUrl}/messages`,
    headers: headersOf(settings, stream),
    body,
    stream,
    codec: anthropicUpstream,
    answerTypes: [stream ? "text/event-stream" : "application/json"],
    droppedParams,
    dropUsageChunk: false,
  };
}

function headersOf({ apiKey }: ProviderSettings, stream: boolean): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    accept: stream ? "text/event-stream" : "application/json",
    "anthropic-version": API_VERSION,
    ...(apiKey === null ? {} : { "x-api-key": apiKey }),
  };
}

function chatEdits({ request, upstreamModel, outputTokens }: ChatCall): MemberEdits {
  const maximum = outputTokens ?? request.outputMaximum ?? OUTPUT_TOKENS_DEFAULT;
  const edits = new Map<string, string | null>(ownEdits(request, upstreamModel)).set("max_tokens", String(maximum));
  return request.outputMaximum === null || maximum >= request.outputMaximum
    ? edits
    : fitThinking(request, maximum, edits);
}

/** Where admission granted less than the caller named, a budget of thinking must be less too, or Anthropic refuses both. */
function fitThinking({ object }: TextRequest, maximum: number, edits: Map<string, string | null>): MemberEdits {
  const thinking = parseJson(memberText(object, "thinking") ?? "");
  const budget = isRecord(thinking) ? thinking["budget_tokens"] : null;
  if (!isRecord(thinking) || typeof budget !== "number" || budget < maximum) return edits;
  const hasRoom = maximum > THINKING_MINIMUM_TOKENS;
  return edits.set("thinking", hasRoom ? JSON.stringify({ ...thinking, budget_tokens: maximum - 1 }) : null);
}

/** The model's name there, and the conversation without what other providers signed. */
function ownEdits(request: TextRequest, upstreamModel: string): MemberEdits {
  const edits = new Map([["model", JSON.stringify(upstreamModel)]]);
  const messages = withoutForeignReasoning(request.object);
  if (messages !== null) edits.set("messages", messages);
  return edits;
}

function countEdits({ request, upstreamModel }: CountCall): MemberEdits {
  const edits = new Map<string, string | null>(ownEdits(request, upstreamModel));
  for (const { name } of request.object.members) if (!COUNTED.has(name)) edits.set(name, null);
  return edits;
}

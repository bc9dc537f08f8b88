import { AppError } from "#kernel";
import {
  CHAT_PARAMETER_MEMBERS,
  chatReasoningEffort,
  effortOf,
  encodeChatRequest,
  memberText,
  openAiChatUpstream,
  spliceMembers,
  withOwnChatReasoning,
  type MemberEdits,
  type ReasoningEffort,
  type TextRequest,
  type UpstreamCodec,
} from "#wire";
import { encodeText, type TextCall } from "../encode-text.ts";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import type { CompatibleProvider } from "./table.ts";

const PATHS = { "chat.completions": "/chat/completions", embeddings: "/embeddings" } as const;

/** Our extensions to embeddings, which no upstream may see. */
const OWN_MEMBERS = ["models", "provider"] as const;
const EVENT_STREAM_TYPE = "text/event-stream";
const JSON_TYPE = "application/json";

type Body = Readonly<Record<string, unknown>>;
type Dialect = Pick<
  CompatibleProvider,
  "outputMaximumParam" | "streamOptions" | "parameters" | "renames" | "reasoning" | "noReasoning"
>;

/**
 * The caller's body, or its meaning where it speaks another format, in the provider's dialect. Headers are constants and
 * our key; the model's name stands in JSON alone, so no spelling of it can add a header (G27).
 */
export function encodeRequest(dialect: Dialect, settings: ProviderSettings, call: ProviderCall): UpstreamRequest {
  if (call.operation === "chat.completions") return encodeChat(dialect, settings, call);
  if (call.operation !== "embeddings") throw new AppError("internal_error");
  const edits = new Map(OWN_MEMBERS.map((name): [string, string | null] => [name, null]));
  edits.set("model", JSON.stringify(call.upstreamModel));
  return {
    ...addressed(settings, "embeddings", false),
    body: spliceMembers(call.request.object, edits),
    codec: null,
    droppedParams: [],
    dropUsageChunk: false,
  };
}

function encodeChat(dialect: Dialect, settings: ProviderSettings, call: TextCall): UpstreamRequest {
  const { request } = call;
  const edits = (): MemberEdits => chatEdits(dialect, call);
  const { body, droppedParams, passes } = encodeText(dialectCodec(dialect), call, edits, dialect.parameters);
  return {
    ...addressed(settings, "chat.completions", request.stream),
    body,
    codec: openAiChatUpstream,
    droppedParams,
    dropUsageChunk: passes && asksForUsage(dialect, request) && !request.includeCost,
  };
}

function addressed({ baseUrl, apiKey }: ProviderSettings, operation: keyof typeof PATHS, stream: boolean) {
  const answerType = stream ? EVENT_STREAM_TYPE : JSON_TYPE;
  return {
    url: baseUrl + PATHS[operation],
    headers: {
      "content-type": JSON_TYPE,
      accept: answerType,
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    stream,
    answerTypes: [answerType],
  };
}

/** What of the caller's own text changes: the model, the maximum, `stream_options`, and what the provider calls otherwise. */
function chatEdits(dialect: Dialect, call: TextCall): MemberEdits {
  const { request, upstreamModel } = call;
  const edits = new Map<string, string | null>();
  for (const name of unwantedMembers(dialect)) edits.set(name, null);
  editReasoning(dialect, request, edits);
  const messages = withOwnChatReasoning(request.object, dialect.reasoning !== undefined);
  if (messages !== null) edits.set("messages", messages);
  for (const [name, theirs] of Object.entries(dialect.renames ?? {})) {
    const value = memberText(request.object, name);
    if (value !== null) edits.set(name, null).set(theirs, value);
  }
  edits.set("model", JSON.stringify(upstreamModel)).set("max_tokens", null).set("max_completion_tokens", null);
  const outputMaximum = ("outputTokens" in call ? call.outputTokens : null) ?? request.outputMaximum;
  if (outputMaximum !== null) edits.set(dialect.outputMaximumParam, String(outputMaximum));
  if (asksForUsage(dialect, request)) {
    edits.set("stream_options", JSON.stringify({ ...request.streamOptions, include_usage: true }));
  } else if (dialect.streamOptions === "strip") edits.set("stream_options", null);
  return edits;
}

/** Members of what the provider does not do. Where it would have been refused they ask for nothing (`n: 1`), and offend all the same. */
function unwantedMembers({ parameters = {} }: Dialect): readonly string[] {
  return [...CHAT_PARAMETER_MEMBERS].flatMap(([parameter, names]) => {
    const support = parameters[parameter];
    return support === "dropped" || support === "refused" ? names : [];
  });
}

/** OpenRouter's `reasoning` as the effort that everybody else reads. */
function editReasoning(dialect: Dialect, { object }: TextRequest, edits: Map<string, string | null>): void {
  if (dialect.reasoning === "object" || memberText(object, "reasoning") === null) return;
  edits.set("reasoning", null);
  const effort = chatReasoningEffort(object);
  if (effort === null || edits.has("reasoning_effort")) return;
  for (const [name, value] of Object.entries(effortMembers(dialect, effort))) edits.set(name, JSON.stringify(value));
}

function effortMembers({ noReasoning = {} }: Dialect, effort: ReasoningEffort): Body {
  return effort === "none" ? noReasoning : { reasoning_effort: effort };
}

/** We ask where streamed usage must be asked for and the caller did not; otherwise the caller's own option stands. */
function asksForUsage(dialect: Dialect, request: TextRequest): boolean {
  return request.stream && dialect.streamOptions === "ask" && !request.includeUsage;
}

/** The codec for callers of other formats, with the provider's own words. */
function dialectCodec(dialect: Dialect): UpstreamCodec {
  const { outputMaximumParam, streamOptions, renames = {}, reasoning } = dialect;
  const words = { outputMaximumParam, asksForUsage: streamOptions === "ask", takesReasoning: reasoning !== undefined };
  const unwanted = new Set(unwantedMembers(dialect));
  return {
    ...openAiChatUpstream,
    encodeRequest(prompt, options): Body {
      const { reasoning_effort: _, ...body } = encodeChatRequest(prompt, options, words);
      const effort = prompt.reasoning && effortOf(prompt.reasoning);
      const members = Object.entries({ ...body, ...(effort === null ? {} : effortMembers(dialect, effort)) });
      return Object.fromEntries(
        members.filter(([name]) => !unwanted.has(name)).map(([name, value]) => [renames[name] ?? name, value]),
      );
    },
  };
}

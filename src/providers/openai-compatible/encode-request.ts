import { AppError } from "#kernel";
import { spliceMembers, type TextRequest, type MemberEdits } from "#wire";
import type { ProviderCall, ProviderSettings, UpstreamRequest } from "../spec.ts";
import type { CompatibleProvider } from "./table.ts";

export const PATHS = { "chat.completions": "/chat/completions", embeddings: "/embeddings" } as const;

const EVENT_STREAM_TYPE = "text/event-stream";
const JSON_TYPE = "application/json";

type ChatCall = Extract<ProviderCall, { operation: "chat.completions" }>;
type Dialect = Pick<CompatibleProvider, "outputMaximumParam" | "streamOptions">;

/**
 * The caller's body with only `model`, the output maximum, `stream_options` and our own extensions changed. Headers are
 * constants and our key; the model's name stands in JSON alone, so no spelling of it can add a header (G27).
 */
export function encodeRequest(dialect: Dialect, settings: ProviderSettings, call: ProviderCall): UpstreamRequest {
  if (call.operation === "tokens.count") throw new AppError("internal_error");
  const isChat = call.operation === "chat.completions";
  const edits = isChat ? chatEdits(dialect, call) : new Map([["model", JSON.stringify(call.upstreamModel)]]);
  const stream = isChat && call.request.stream;
  return {
    url: settings.baseUrl + PATHS[call.operation],
    headers: {
      "content-type": "application/json",
      accept: stream ? "text/event-stream" : "application/json",
      ...(settings.apiKey === null ? {} : { authorization: `Bearer ${settings.apiKey}` }),
    },
    body: spliceMembers(call.request.object, edits),
    stream,
    format: isChat ? "openai-chat" : null,
    answerTypes: [stream ? EVENT_STREAM_TYPE : JSON_TYPE],
    droppedParams: [],
    dropUsageChunk: isChat && asksForUsage(dialect, call.request) && !call.request.includeCost,
  };
}

function chatEdits(dialect: Dialect, { request, upstreamModel, outputTokens }: ChatCall): MemberEdits {
  const edits = new Map<string, string | null>([
    ["model", JSON.stringify(upstreamModel)],
    ["usage", null],
    ["models", null],
    ["provider", null],
  ]);
  const outputMaximum = outputTokens ?? request.outputMaximum;
  edits.set("max_tokens", null);
  edits.set("max_completion_tokens", null);
  if (outputMaximum !== null) edits.set(dialect.outputMaximumParam, String(outputMaximum));
  if (asksForUsage(dialect, request)) {
    edits.set("stream_options", JSON.stringify({ ...request.streamOptions, include_usage: true }));
  } else if (dialect.streamOptions === "strip") edits.set("stream_options", null);
  return edits;
}

/** We ask where streamed usage must be asked for and the caller did not; otherwise the caller's own option stands. */
function asksForUsage(dialect: Dialect, request: TextRequest): boolean {
  return request.stream && dialect.streamOptions === "ask" && !request.includeUsage;
}

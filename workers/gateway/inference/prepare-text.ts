import { AppError } from "#kernel";
import type { UpstreamRequest } from "#providers";
import {
  createAnswerCollector,
  createTranslateTap,
  encodableEvents,
  readChatResponse,
  type ClientCodec,
  type EncoderOptions,
  type RouteHints,
  type StreamTap,
  type TextRequest,
} from "#wire";
import type { AnswerContext, PreparedCall, WholeAnswer, WholeBody } from "./prepared-call.ts";

/** The start of a body that decides where its prompt cache lies, in characters. */
const STICKY_PREFIX_CHARACTERS = 16_384;

/** Reads a text generation request of any format. Throws AppError for what cannot be read, or what would have no price. */
export function prepareText(client: ClientCodec, hints: RouteHints): (text: string) => PreparedCall {
  return (text) => {
    const request = client.parseRequest(text, hints);
    refuseUnpricedExtras(request);
    return {
      ...sizeOf(request),
      operation: "chat.completions",
      model: request.model,
      models: request.models,
      provider: request.provider,
      streamed: request.stream,
      uses: request.uses,
      includeCost: request.includeCost,
      stickyPrefix: () => request.object.text.slice(0, STICKY_PREFIX_CHARACTERS),
      providerCall: ({ upstreamModel }, outputTokens) => ({
        operation: "chat.completions",
        upstreamModel,
        request,
        outputTokens,
      }),
      createTap: (upstream, context) => createTap(client, request, upstream, context),
      readAnswer: (body, upstream, context) => readAnswer(client, request, body, upstream, context),
      encodeStreamError: (error, requestId, isFinished) => client.encodeStreamError(error, requestId, isFinished),
    };
  };
}

/** What of a text request bounds its cost. Counting tokens takes time that only a call without usage needs: the hold goes by bytes. */
export function sizeOf(request: TextRequest) {
  return {
    input: {
      ...request.input,
      toolsBytes: request.toolsBytes + request.formatBytes,
      tokens: 0,
      searches: request.searchesMaximum ?? 0,
      estimatedTextTokens: null,
    },
    estimateTextTokens: () => request.estimateInputTokens(),
    requestedOutput: request.outputMaximum,
    choices: request.choices,
    audioOutput: request.extras.includes("audio_output"),
    imageOutput: request.extras.includes("image_output"),
  };
}

function createTap(
  client: ClientCodec,
  request: TextRequest,
  upstream: UpstreamRequest,
  context: AnswerContext,
): StreamTap {
  const { choices, includeCost } = request;
  const { meter, gate } = context;
  const encoder = encoderOptions(request, context);
  if (upstream.codec?.format === client.format) {
    return client.createTap({
      choices,
      dropUsageChunk: upstream.dropUsageChunk,
      ...(includeCost ? { addCost: (usage) => meter.costUsd(usage) } : {}),
      ...(gate ? { gated: { gate, encoder } } : {}),
    });
  }
  const codec = codecOf(upstream);
  return createTranslateTap({
    source: codec.createSource(),
    decoder: codec.createDecoder({ choices }),
    encoder: client.createEncoder(encoder),
    meter,
    choices,
    gate: gate ?? undefined,
  });
}

function readAnswer(
  client: ClientCodec,
  request: TextRequest,
  body: WholeBody,
  upstream: UpstreamRequest,
  context: AnswerContext,
): WholeAnswer {
  const { meter } = context;
  const contentType = "application/json";
  if (upstream.codec?.format === "openai-chat" && client.format === "openai-chat") {
    const summary = readChatResponse(body.text);
    return { summary, contentType, body: withCost(client, body, summary.usage && meter.costUsd(summary.usage)) };
  }
  const { end, events } = codecOf(upstream).decodeResponse(body.text);
  const collector = createAnswerCollector();
  collector.add(events);
  const summary = collector.summary(end);
  if (upstream.codec?.format === client.format) {
    return { summary, contentType, body: withCost(client, body, summary.usage && meter.costUsd(summary.usage)) };
  }
  if (summary.end !== "complete") return { summary, contentType, body: "" };
  const encoded = client.encodeResponse(encodableEvents(events, meter), encoderOptions(request, context));
  return { summary, contentType, body: encoded };
}

function withCost(client: ClientCodec, body: WholeBody, costUsd: string | null): string | Uint8Array {
  return costUsd === null ? body.bytes : client.addCost(body.text, costUsd);
}

function codecOf({ codec }: UpstreamRequest) {
  if (codec === null) throw new AppError("internal_error");
  return codec;
}

function encoderOptions(request: TextRequest, context: AnswerContext): EncoderOptions {
  const { requestId, model, createdSeconds } = context;
  return { requestId, model, createdSeconds, includeUsage: request.includeUsage, request };
}

/**
 * What is billed apart from the tokens that the hold bounds, or kept by the provider: refused, by the name under which
 * the caller asked for it. Searches pass where the request bounds their number; their price is looked up with the hold.
 */
function refuseUnpricedExtras(request: TextRequest): void {
  for (const extra of request.extras) {
    const isPriced = extra === "audio_output" || extra === "image_output";
    if (isPriced || (extra === "web_search" && request.searchesMaximum !== null)) continue;
    const param = EXTRA_PARAMS[extra](request);
    throw new AppError("unsupported_parameter", { param, params: { param } });
  }
}

const EXTRA_PARAMS = {
  audio_output: () => "audio",
  image_output: () => "modalities",
  service_tier: (request: TextRequest) => request.uses.get("service_tier") ?? "service_tier",
  web_search: (request: TextRequest) => request.uses.get("web_search") ?? "tools",
  live_search: () => "search_parameters",
  server_tool: () => "tools",
  document: (request: TextRequest) => request.uses.get("document_input") ?? "messages",
  prediction: () => "prediction",
  server_state: (request: TextRequest) => stateParam(request),
} as const;

const STATE_PARAMS: ReadonlySet<string> = new Set([
  "previous_response_id",
  "conversation",
  "background",
  "prompt",
  "cachedContent",
  "cached_content",
  "container",
  "context_management",
  "mcp_servers",
  "thread",
  "previous_message_id",
]);

function stateParam({ object }: TextRequest): string {
  return object.members.find(({ name }) => STATE_PARAMS.has(name))?.name ?? "model";
}

import { AppError } from "#kernel";
import { createChatStreamTap, parseChatRequest, readChatResponse, type TextRequest } from "#wire";
import type { PreparedCall } from "./prepared-call.ts";

/** Reads the body of `POST /v1/chat/completions`. Throws AppError for what cannot be read, or what would have no price. */
export function prepareChat(text: string): PreparedCall {
  const request = parseChatRequest(text);
  refuseUnpricedExtras(request);
  return {
    operation: "chat.completions",
    model: request.model,
    streamed: request.stream,
    input: {
      ...request.input,
      toolsBytes: request.toolsBytes + request.formatBytes,
      tokens: 0,
      // Counting tokens takes time that only a call without usage needs: the hold goes by bytes.
      estimatedTextTokens: null,
    },
    estimateTextTokens: () => request.estimateInputTokens(),
    requestedOutput: request.outputMaximum,
    choices: request.choices,
    audioOutput: request.extras.includes("audio_output"),
    includeCost: request.includeCost,
    providerCall: (upstreamModel, outputTokens) => ({
      operation: "chat.completions",
      upstreamModel,
      request,
      outputTokens,
    }),
    createTap: (dropUsageChunk, addCost) =>
      createChatStreamTap({ choices: request.choices, dropUsageChunk, ...(addCost === null ? {} : { addCost }) }),
    readAnswer: readChatResponse,
  };
}

/**
 * What is billed apart from the tokens that the hold bounds, with the parameter that asks for it: other service tiers,
 * searches and tools that the provider runs, documents whose input has no bound, and predictions, whose unused part is
 * billed as output that nobody sees. The catalogue has no price for any of them.
 */
const UNPRICED_EXTRAS = [
  ["service_tier", "service_tier"],
  ["web_search", "web_search_options"],
  ["live_search", "search_parameters"],
  ["server_tool", "tools"],
  ["document", "messages"],
  ["prediction", "prediction"],
] as const;

function refuseUnpricedExtras(request: TextRequest): void {
  for (const [extra, param] of UNPRICED_EXTRAS) {
    if (request.extras.includes(extra)) throw new AppError("unsupported_parameter", { param, params: { param } });
  }
}

import { AppError } from "#kernel";
import { parseEmbeddingsRequest, readEmbeddingsResponse, type AnswerSummary } from "#wire";
import type { PreparedCall } from "./prepared-call.ts";

/** Reads the body of `POST /v1/embeddings`. Throws AppError for what cannot be read. */
export function prepareEmbeddings(text: string): PreparedCall {
  const request = parseEmbeddingsRequest(text);
  return {
    operation: "embeddings",
    model: request.model,
    streamed: false,
    input: {
      textBytes: request.textBytes,
      messages: request.inputs,
      toolsBytes: 0,
      images: 0,
      audios: 0,
      files: 0,
      tokens: request.inputTokens,
      estimatedTextTokens: null,
    },
    // The estimate counts token lists too; metering adds those itself.
    estimateTextTokens: () => request.estimateInputTokens() - request.inputTokens,
    requestedOutput: null,
    choices: 1,
    audioOutput: false,
    includeCost: false,
    providerCall: (upstreamModel) => ({ operation: "embeddings", upstreamModel, request }),
    createTap: () => {
      // Embeddings are never streamed; asking is a fault of ours.
      throw new AppError("internal_error");
    },
    readAnswer: summarise,
  };
}

function summarise(text: string): AnswerSummary {
  const { end, usage } = readEmbeddingsResponse(text);
  const events = end === "complete" ? 1 : 0;
  return {
    end,
    usage,
    finishReasons: [],
    delivered: { events, textBytes: 0, toolBytes: 0, outputTokens: 0, reasoningTokens: 0 },
    error: null,
  };
}

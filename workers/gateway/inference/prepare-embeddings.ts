import {
  encodeStreamError,
  parseEmbeddingsRequest,
  readEmbeddingsResponse,
  type AnswerSummary,
  type EmbeddingsRequest,
} from "#wire";
import { NOTHING_DELIVERED } from "./nothing-delivered.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** Reads the body of `POST /v1/embeddings`. Throws AppError for what cannot be read. */
export const prepareEmbeddings = (text: string): PreparedCall => embeddingsCall(parseEmbeddingsRequest(text));

/** A request for embeddings, whatever format it came in. */
export function embeddingsCall(request: EmbeddingsRequest): PreparedCall {
  return {
    operation: "embeddings",
    model: request.model,
    models: request.models,
    provider: request.provider,
    streamed: false,
    input: {
      textBytes: request.textBytes,
      messages: request.inputs,
      toolsBytes: 0,
      images: 0,
      audios: 0,
      files: 0,
      searches: 0,
      tokens: request.inputTokens,
      estimatedTextTokens: null,
    },
    uses: new Map(),
    // The estimate counts token lists too; metering adds those itself.
    estimateTextTokens: () => request.estimateInputTokens() - request.inputTokens,
    requestedOutput: null,
    choices: 1,
    audioOutput: false,
    imageOutput: false,
    includeCost: false,
    stickyPrefix: () => null,
    providerCall: ({ upstreamModel }) => ({ operation: "embeddings", upstreamModel, request }),
    createTap: () => {
      throw new RangeError("embeddings are never streamed");
    },
    readAnswer: (body) => ({
      summary: summarise(body.text),
      body: body.bytes,
      contentType: "application/json",
    }),
    encodeStreamError,
  };
}

function summarise(text: string): AnswerSummary {
  const { end, usage } = readEmbeddingsResponse(text);
  const events = end === "complete" ? 1 : 0;
  return { ...NOTHING_DELIVERED, end, usage, delivered: { ...NOTHING_DELIVERED.delivered, events } };
}

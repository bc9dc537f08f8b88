import { parseRerankRequest, readRerankAnswer, type RerankRequest } from "#wire";
import { mediaCall, mediaSummary } from "./media-call.ts";
import type { PreparedCall } from "./prepared-call.ts";

/** A search is a query with up to 100 documents. Source: Cohere's pricing page. */
const DOCUMENTS_PER_SEARCH = 100;
/** Longer documents count once for each part of so many tokens, the query's included. Source: the same. */
const PART_TOKENS = 500;
/** The most of a part that a query takes. */
const QUERY_TOKENS_MAX = 250;
/** What of a document is read where the caller names no maximum. Source: Cohere's API reference, rerank. */
const DOCUMENT_TOKENS_DEFAULT = 4_096;

/** Reads the body of `POST /v1/rerank`. Throws AppError for what cannot be read. */
export function prepareRerank(text: string): PreparedCall {
  const request = parseRerankRequest(text);
  return mediaCall({
    operation: "rerank",
    model: request.model,
    models: request.models,
    provider: request.provider,
    streamed: false,
    media: {
      // Models that count tokens read the query again with each document.
      most: () => ({ searches: searchesMost(request), input: inputMost(request) }),
      likely: (delivered, aborted) =>
        delivered.events === 0 && !aborted
          ? {}
          : { searches: searchesOf(request.documents.length), input: inputLikely(request) },
    },
    providerCall: ({ upstreamModel }) => ({ operation: "rerank", upstreamModel, request }),
    readAnswer: (body) => {
      const answer = readRerankAnswer(body.text, request);
      return {
        summary: mediaSummary(answer, answer.end === "complete" ? 1 : 0),
        body: answer.body,
        contentType: "application/json",
      };
    },
  });
}

const searchesOf = (parts: number): number => Math.max(1, Math.ceil(parts / DOCUMENTS_PER_SEARCH));

/** A token covers at least one byte, so bytes bound how many parts a document can have. */
function searchesMost({ queryBytes, documentBytes, maxTokensPerDocument }: RerankRequest): number {
  const room = PART_TOKENS - Math.min(queryBytes, QUERY_TOKENS_MAX);
  const read = maxTokensPerDocument ?? DOCUMENT_TOKENS_DEFAULT;
  const parts = documentBytes.map((bytes) => Math.max(1, Math.ceil(Math.min(bytes, read) / room)));
  return searchesOf(parts.reduce((total, count) => total + count, 0));
}

function inputMost({ queryBytes, documentBytes }: RerankRequest): number {
  const overhead = 8;
  return documentBytes.reduce((total, bytes) => total + bytes + queryBytes + overhead, 0);
}

const inputLikely = (request: RerankRequest): number =>
  request.estimateQueryTokens() * request.documents.length + request.estimateDocumentTokens();

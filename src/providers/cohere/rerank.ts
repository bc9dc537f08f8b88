import type { RerankRequest } from "#wire";

/** The body of `POST /v2/rerank`. It returns no documents, which the answer gets from the request. Source: Cohere's API reference. */
export function encodeRerank(request: RerankRequest, upstreamModel: string) {
  const { query, documents, topN, maxTokensPerDocument } = request;
  return {
    model: upstreamModel,
    query,
    documents,
    ...(topN === null ? {} : { top_n: topN }),
    ...(maxTokensPerDocument === null ? {} : { max_tokens_per_doc: maxTokensPerDocument }),
  };
}

import { AppError } from "#kernel";
import { isRecord, parseJson, type RerankRequest } from "#wire";

/** The input of `@cf/baai/bge-reranker-base`. Throws AppError `unsupported_parameter`. Source: Workers AI, the model's schemas. */
export function encodeRerank({ query, documents, topN, maxTokensPerDocument }: RerankRequest) {
  if (maxTokensPerDocument !== null) {
    const param = "max_tokens_per_doc";
    throw new AppError("unsupported_parameter", { param, params: { param } });
  }
  return { query, contexts: documents.map((text) => ({ text })), ...(topN === null ? {} : { top_k: topN }) };
}

/** Cloudflare's scores in Cohere's shape, best first; null where they are none. */
export function decodeRerank(text: string): string | null {
  const value = parseJson(text);
  const result = isRecord(value) ? value["result"] : null;
  if (!isRecord(result) || !Array.isArray(result["response"])) return null;
  const results: { readonly index: number; readonly relevance_score: number }[] = [];
  for (const scored of result["response"]) {
    const index: unknown = isRecord(scored) ? scored["id"] : null;
    const score: unknown = isRecord(scored) ? scored["score"] : null;
    if (typeof index !== "number" || typeof score !== "number") return null;
    results.push({ index, relevance_score: score });
  }
  results.sort((one, other) => other.relevance_score - one.relevance_score);
  const usage = result["usage"];
  return JSON.stringify({ results, ...(isRecord(usage) ? { usage } : {}) });
}

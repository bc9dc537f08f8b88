import type { RawUsage, StreamEnd } from "../events.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";
import type { RerankRequest } from "./request.ts";

export interface RerankAnswer {
  readonly end: StreamEnd;
  readonly usage: RawUsage | null;
  /** The answer as the caller gets it; the provider's own words but for the documents. */
  readonly body: string;
}

const GARBAGE: RerankAnswer = { end: "garbage", usage: null, body: "" };

/**
 * Reads an answer in Cohere's shape. What is charged stands in `meta` (Cohere) or `usage` (others). Documents that the
 * caller wants back are its own: they are put in here, whatever the provider returned.
 */
export function readRerankAnswer(text: string, request: RerankRequest): RerankAnswer {
  const answer = parseJson(text);
  if (!isRecord(answer) || !Array.isArray(answer["results"])) return GARBAGE;
  const results: unknown[] = [];
  for (const result of answer["results"]) {
    const index: unknown = isRecord(result) ? result["index"] : null;
    const score: unknown = isRecord(result) ? result["relevance_score"] : null;
    if (typeof index !== "number" || typeof score !== "number") return GARBAGE;
    const document = request.documents[index];
    if (document === undefined) return GARBAGE;
    results.push({
      index,
      relevance_score: score,
      ...(request.returnDocuments ? { document: { text: document } } : {}),
    });
  }
  const usage = isRecord(answer["meta"]) ? answer["meta"] : answer["usage"];
  return { end: "complete", usage: isRecord(usage) ? usage : null, body: JSON.stringify({ ...answer, results }) };
}

import { z } from "zod";
import { cohereId } from "../../dialects/cohere.ts";
import type { Directives } from "../../directives.ts";
import { type Format } from "../../format.ts";
import { seedOf, sequenceFrom } from "../../text.ts";
import { countTokens } from "../../tokens.ts";
import { describeIssue } from "./refuse.ts";

const DOCUMENTS_MAX = 10_000;
/** One search covers so many documents. Source: Cohere, "How does rerank pricing work". */
const DOCUMENTS_PER_SEARCH = 100;
/** The share of a score that no word in common explains, so that no two documents are alike. */
const NOISE = 0.05;
const STEPS = 10_000;

const rerankRequest = z.strictObject({
  model: z.string().min(1),
  query: z.string().min(1),
  documents: z.array(z.string()).min(1).max(DOCUMENTS_MAX),
  top_n: z.int().min(1).optional(),
  max_tokens_per_doc: z.int().min(1).optional(),
  priority: z.int().optional(),
});

/** `POST /v2/rerank`: documents with more of the query's words come first. */
export const cohereRerank: Format = {
  path: "/rerank",
  read(body) {
    const parsed = rerankRequest.safeParse(body);
    if (!parsed.success) return { ok: false, refusal: describeIssue(parsed.error.issues[0]) };
    const { query, documents, top_n: top = documents.length } = parsed.data;
    return {
      ok: true,
      texts: [query],
      promptTokens: countTokens(query),
      answer(directives) {
        const scored = documents.map((document, index) => ({ index, relevance_score: score(query, document, index) }));
        const results = directives.empty
          ? []
          : scored.sort((one, other) => other.relevance_score - one.relevance_score);
        const meta = { api_version: { version: "2" }, ...billedUnits(documents.length, directives) };
        const rest = JSON.stringify({ results: results.slice(0, top), meta }).slice(1);
        return { kind: "json", render: ({ number }) => `{"id":"${cohereId(number)}",${rest}` };
      },
    };
  },
};

function score(query: string, document: string, index: number): number {
  const words = wordsOf(query);
  const found = wordsOf(document);
  const shared = [...words].filter((word) => found.has(word)).length / Math.max(1, words.size);
  const noise = sequenceFrom(seedOf(`${index} ${document}`))(STEPS) / STEPS;
  return Number((shared * (1 - NOISE) + noise * NOISE).toFixed(8));
}

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);

function billedUnits(documents: number, directives: Directives) {
  if (directives.no_usage) return {};
  const searches = directives.searches ?? Math.ceil(documents / DOCUMENTS_PER_SEARCH);
  return { billed_units: { search_units: directives.zero_usage ? 0 : searches } };
}

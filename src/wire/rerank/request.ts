import { createMemberReader } from "../member-reader.ts";
import { invalidParameter, isRecord, parseBody } from "../parse-body.ts";
import { createTextTally } from "../text-tally.ts";
import { utf8Length } from "../utf8-length.ts";
import { readModel } from "../read-model.ts";

/** A rerank request in the shape that Cohere and Jina share. */
export interface RerankRequest {
  readonly model: string;
  readonly query: string;
  /** The texts that are ranked, in the caller's order. */
  readonly documents: readonly string[];
  readonly topN: number | null;
  readonly returnDocuments: boolean;
  /** Cohere: the most of a document that is read. */
  readonly maxTokensPerDocument: number | null;
  /** Our extensions, unread. */
  readonly models: unknown;
  readonly provider: unknown;
  /** UTF-8 bytes of the query, and of each document. */
  readonly queryBytes: number;
  readonly documentBytes: readonly number[];
  estimateQueryTokens(): number;
  estimateDocumentTokens(): number;
}

/** As many as Cohere takes, the most of any provider. */
const DOCUMENTS_MAXIMUM = 10_000;
const KNOWN = new Set(["model", "query", "documents", "top_n", "return_documents", "max_tokens_per_doc"]);

/** Reads the body of `POST /v1/rerank`. Throws AppError `invalid_json` or `invalid_parameter` (with `param`). */
export function parseRerankRequest(text: string): RerankRequest {
  const { value } = parseBody(text, KNOWN);
  const body = isRecord(value) ? value : {};
  const members = createMemberReader(body, "");
  const model = readModel(members.text("model"));
  const query = members.text("query") ?? "";
  if (query === "") throw invalidParameter("query", "is required and must not be empty.");
  const documents = (members.list("documents", DOCUMENTS_MAXIMUM) ?? []).map(readDocument);
  if (documents.length === 0) throw invalidParameter("documents", "is required and must not be empty.");
  const tally = (texts: readonly string[]): number => {
    const counted = createTextTally();
    for (const one of texts) counted.add(one);
    return counted.estimateTokens();
  };
  return {
    model,
    query,
    documents,
    topN: members.count("top_n"),
    returnDocuments: members.flag("return_documents") ?? false,
    maxTokensPerDocument: members.count("max_tokens_per_doc"),
    models: body["models"],
    provider: body["provider"],
    queryBytes: utf8Length(query),
    documentBytes: documents.map(utf8Length),
    estimateQueryTokens: () => tally([query]),
    estimateDocumentTokens: () => tally(documents),
  };
}

/** A text, or an object with one (Jina, Cohere's first version). */
function readDocument(document: unknown, index: number): string {
  const text = isRecord(document) ? document["text"] : document;
  if (typeof text !== "string")
    throw invalidParameter(`documents[${index}]`, "must be a string, or an object with 'text'.");
  return text;
}

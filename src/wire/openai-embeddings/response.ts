import type { RawUsage } from "../events.ts";
import { memberText, scanObject } from "../json/scan-object.ts";
import { isRecord } from "../parse-body.ts";
import { parseJson } from "../parse-json.ts";

/** `complete`: a list of embeddings that the caller gets untouched. `garbage`: anything else; it is not relayed. */
export interface EmbeddingsSummary {
  readonly end: "complete" | "garbage";
  readonly usage: RawUsage | null;
}

/**
 * Reads an embeddings response for metering. Only `usage` is parsed: the vectors are megabytes of numbers that nothing
 * here needs, so they are crossed by their structure.
 */
export function readEmbeddingsResponse(text: string): EmbeddingsSummary {
  const answer = scanObject(text);
  const data = answer && memberText(answer, "data");
  if (!answer || !data?.startsWith("[")) return { end: "garbage", usage: null };
  const usage = parseJson(memberText(answer, "usage") ?? "null");
  return { end: "complete", usage: isRecord(usage) ? usage : null };
}

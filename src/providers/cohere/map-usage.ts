import type { Operation, UsageUnits } from "#kernel";
import { isRecord, type RawUsage } from "#wire";

/**
 * Cohere's usage. `billed_units` is what is charged; `tokens` also counts the templates around a message, and stands in
 * where nothing is billed by name. `cached_tokens` is a part of `tokens` (one answer names 448 of them beside 11 billed), and
 * what is billed is billed in full: none of it is a cache read. Rerank is billed by searches. Null where the basis is missing or not a whole number.
 */
export function mapUsage(raw: RawUsage, operation: Operation): UsageUnits | null {
  const billed = isRecord(raw["billed_units"]) ? raw["billed_units"] : {};
  const tokens = isRecord(raw["tokens"]) ? raw["tokens"] : {};
  if (operation === "rerank") {
    const searches = count(billed["search_units"]);
    return searches === null ? null : { searches };
  }
  const input = count(billed["input_tokens"] ?? tokens["input_tokens"] ?? raw["prompt_tokens"]);
  if (operation === "embeddings") return input === null ? null : { input };
  const output = count(billed["output_tokens"] ?? tokens["output_tokens"]);
  return input === null || output === null ? null : { input, output };
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

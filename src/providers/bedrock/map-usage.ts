import type { UsageUnits } from "#kernel";
import { isRecord, type RawUsage } from "#wire";

/** Converse's usage: input excludes what was read from or written to the cache. Null where a count is not a whole number or the basis is missing. */
export function mapUsage(raw: RawUsage): UsageUnits | null {
  const input = count(raw["inputTokens"]);
  const output = count(raw["outputTokens"]);
  const read = count(raw["cacheReadInputTokens"] ?? 0);
  const written = count(raw["cacheWriteInputTokens"] ?? 0);
  if (input === null || output === null || read === null || written === null) return null;
  const longWritten = Math.min(written, writtenForAnHour(raw["cacheDetails"]));
  return {
    input,
    output,
    ...(read > 0 ? { cached_read: read } : {}),
    ...(written > longWritten ? { cache_write_5m: written - longWritten } : {}),
    ...(longWritten > 0 ? { cache_write_1h: longWritten } : {}),
  };
}

function writtenForAnHour(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  return details.reduce<number>((sum, detail: unknown) => {
    const isLong = isRecord(detail) && detail["ttl"] === "1h";
    return sum + (isLong ? (count(detail["inputTokens"]) ?? 0) : 0);
  }, 0);
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

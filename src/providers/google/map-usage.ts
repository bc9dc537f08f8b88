import type { Operation, UsageUnit, UsageUnits } from "#kernel";
import { isRecord, type RawUsage } from "#wire";
import { mapUsage as mapOpenAiUsage } from "../openai-compatible/map-usage.ts";
import { countsMedia, mapMediaUsage } from "../openai/map-media-usage.ts";
import { takeOut } from "../take-out.ts";

/**
 * Google's `usageMetadata` as disjoint buckets: the prompt includes what was cached, tool results come on top of it, the
 * candidates exclude the thoughts. Null where a count is not a whole number or the basis is missing.
 * Source: Gemini API, GenerateContentResponse.UsageMetadata.
 */
export function mapUsage(raw: RawUsage, operation: Operation): UsageUnits | null {
  if (countsMedia(operation)) return mapMediaUsage(raw, operation);
  if (operation !== "chat.completions") return mapOpenAiUsage(raw, operation);
  const prompt = count(raw["promptTokenCount"]);
  const candidates = count(raw["candidatesTokenCount"]);
  const thoughts = count(raw["thoughtsTokenCount"]);
  const cached = count(raw["cachedContentTokenCount"]);
  const tools = count(raw["toolUsePromptTokenCount"]);
  const hasBasis = raw["promptTokenCount"] !== undefined;
  if (!hasBasis || [prompt, candidates, thoughts, cached, tools].includes(-1)) return null;
  const cachedAudio = Math.min(cached, modality(raw["cacheTokensDetails"], "AUDIO"));
  const audio = modality(raw["promptTokensDetails"], "AUDIO");
  return {
    ...takeOut("input", prompt + tools, [
      ["audio_cached_read", cachedAudio],
      ["cached_read", cached - cachedAudio],
      ["audio_in", Math.max(0, audio - cachedAudio)],
    ]),
    ...outputUnits(raw, candidates, thoughts),
  };
}

function outputUnits(raw: RawUsage, candidates: number, thoughts: number): UsageUnits {
  const parts: [UsageUnit, number][] = [
    ["image_out", modality(raw["candidatesTokensDetails"], "IMAGE")],
    ["audio_out", modality(raw["candidatesTokensDetails"], "AUDIO")],
  ];
  return { ...takeOut("output", candidates, parts), ...(thoughts > 0 ? { reasoning: thoughts } : {}) };
}

/** Absent is zero here: Google leaves zeros out. -1: no whole number. */
function count(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : -1;
}

function modality(details: unknown, name: string): number {
  if (!Array.isArray(details)) return 0;
  const found: unknown = details.find((detail: unknown) => isRecord(detail) && detail["modality"] === name);
  return isRecord(found) ? Math.max(0, count(found["tokenCount"])) : 0;
}

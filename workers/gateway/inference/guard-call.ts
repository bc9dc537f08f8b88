import { inspectText } from "#abuse";
import { AppError, type GuardrailCounts, type GuardrailSettings } from "#kernel";
import type { PreparedCall } from "./prepared-call.ts";
import type { ReadCall } from "./read-call.ts";

export interface GuardedCall {
  readonly call: PreparedCall;
  readonly counts: GuardrailCounts;
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * Looks a call's text through as its key's settings ask, in memory. What is found is counted, never kept. Throws
 * AppError `guardrail_blocked`; a redacted text is read anew, and is never longer than what was held for.
 */
export function guardCall({ call, text, prepare }: ReadCall, settings: GuardrailSettings | null): GuardedCall {
  const isOff = settings === null || (settings.secrets === "off" && settings.cards === "off");
  if (isOff || text === null || prepare === null) return { call, counts: {}, headers: [] };
  const inspection = inspectText(text, settings);
  const kinds = Object.keys(inspection.counts);
  if (kinds.length === 0) return { call, counts: {}, headers: [] };
  if (inspection.blocked.length > 0) {
    throw new AppError("guardrail_blocked", { params: { kinds: inspection.blocked.join(", ") } });
  }
  return {
    call: inspection.text === text ? call : prepare(inspection.text),
    counts: inspection.counts,
    headers: [["x-prismatic-guardrails", kinds.map((kind) => `${kind}=${inspection.counts[kind] ?? 0}`).join(", ")]],
  };
}

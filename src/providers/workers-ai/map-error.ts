import { isRecord, parseJson, safeToken } from "#wire";
import { mapError as mapByStatus } from "../openai-compatible/map-error.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";

type Verdict = Pick<UpstreamFault, "code" | "retryable">;

const REJECTED: Verdict = { code: "upstream_rejected", retryable: false };
const OVERLOADED: Verdict = { code: "upstream_overloaded", retryable: true };

/** Codes whose status alone would mislead. Source: Workers AI, "Errors". */
const BY_CODE: ReadonlyMap<unknown, Verdict> = new Map([
  // The account's free allocation of the day is used up: ours to pay, and waiting does not help.
  [3036, REJECTED],
  // Said with 429, yet nobody asked too often: no machine was free.
  [3040, OVERLOADED],
  // Our name for the model is wrong.
  [5007, REJECTED],
  // A token that is none, said with 400.
  [6003, REJECTED],
  [7009, OVERLOADED],
]);

/** Maps `{ success: false, errors: [{ code, message }] }`. The messages are never read, so they cannot leave (S3, G20). */
export function mapError(answer: UpstreamErrorAnswer): UpstreamFault {
  const fault = mapByStatus(answer);
  const value = parseJson(answer.bodyText);
  const errors = isRecord(value) && Array.isArray(value["errors"]) ? value["errors"] : [];
  const first: unknown = errors[0];
  if (!isRecord(first)) return fault;
  const { code } = first;
  const known = BY_CODE.get(code);
  const waits = known?.retryable ?? fault.retryable;
  return { ...fault, ...known, upstreamCode: safeToken(code), retryAfterMs: waits ? fault.retryAfterMs : null };
}

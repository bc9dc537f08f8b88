import type { ErrorCode } from "#kernel";
import { isRecord, parseJson } from "#wire";
import { mapError as mapByStatus } from "../openai-compatible/map-error.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";

interface Verdict {
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

/** Types that say more than their status: an empty account of ours may come as 400 or 403, an overload as 500. */
const BY_TYPE: ReadonlyMap<unknown, Verdict> = new Map([
  ["billing_error", { code: "upstream_rejected", retryable: false }],
  ["authentication_error", { code: "upstream_rejected", retryable: false }],
  ["permission_error", { code: "upstream_rejected", retryable: false }],
  ["overloaded_error", { code: "upstream_overloaded", retryable: true }],
  ["timeout_error", { code: "upstream_timeout", retryable: true }],
]);

/** Maps `{ type: "error", error: { type, message } }`. Its message is never read, so it cannot leave (S3, G20). */
export function mapError(answer: UpstreamErrorAnswer): UpstreamFault {
  const fault = mapByStatus(answer);
  const value = parseJson(answer.bodyText);
  const error = isRecord(value) ? value["error"] : null;
  const verdict = isRecord(error) ? BY_TYPE.get(error["type"]) : undefined;
  if (!verdict) return fault;
  return {
    ...fault,
    ...verdict,
    upstreamParam: null,
    retryAfterMs: verdict.retryable ? fault.retryAfterMs : null,
  };
}

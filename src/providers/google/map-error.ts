import { isRecord, parseJson, safeToken } from "#wire";
import { MAX_RETRY_AFTER_MS } from "../retry-after.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";
import { mapError as mapByStatus } from "../openai-compatible/map-error.ts";

type Json = Readonly<Record<string, unknown>>;

/** A 400 that is about our account there: no billing, or none for where it is asked from. */
const ACCOUNT_STATUS = "failed_precondition";
/** Google answers 400 for a key that it does not know; the reason stands in the details. */
const KEY_REASONS: ReadonlySet<unknown> = new Set(["API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "SERVICE_DISABLED"]);
const MS_PER_SECOND = 1_000;

/** Maps `{ error: { code, status, details } }`. Its message is never read, so it cannot leave (S3, G20). */
export function mapError(answer: UpstreamErrorAnswer): UpstreamFault {
  const fault = mapByStatus(answer);
  const error = readError(answer.bodyText);
  const status = error?.["status"];
  const upstreamCode = typeof status === "string" ? safeToken(status.toLowerCase()) : null;
  const details = Array.isArray(error?.["details"]) ? error["details"].filter(isRecord) : [];
  const isOurs = upstreamCode === ACCOUNT_STATUS || details.some((detail) => KEY_REASONS.has(detail["reason"]));
  if (isOurs) {
    return {
      ...fault,
      code: "upstream_rejected",
      upstreamCode,
      upstreamParam: null,
      retryAfterMs: null,
      retryable: false,
    };
  }
  const waitMs = fault.retryable ? (fault.retryAfterMs ?? readDelay(details)) : null;
  return { ...fault, upstreamCode, upstreamParam: null, retryAfterMs: waitMs };
}

/** Streams asked for without `alt=sse` err in an array; so do some proxies of Google's. */
function readError(text: string): Json | null {
  const value = parseJson(text);
  const body: unknown = Array.isArray(value) ? value[0] : value;
  return isRecord(body) && isRecord(body["error"]) ? body["error"] : null;
}

/** `google.rpc.RetryInfo`: `"retryDelay": "34.4s"`. */
function readDelay(details: readonly Json[]): number | null {
  for (const { retryDelay } of details) {
    const match = typeof retryDelay === "string" ? /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(retryDelay) : null;
    if (match) return Math.min(MAX_RETRY_AFTER_MS, Math.ceil(Number(match[1]) * MS_PER_SECOND));
  }
  return null;
}

import { safeToken } from "#wire";
import { mapError as mapByStatus } from "../openai-compatible/map-error.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";

/** Exceptions whose status alone would mislead. 424: the model failed. 408 and 424 may succeed later. */
const BY_EXCEPTION: ReadonlyMap<string, Pick<UpstreamFault, "code" | "retryable">> = new Map([
  ["ThrottlingException", { code: "upstream_rate_limited", retryable: true }],
  ["ServiceQuotaExceededException", { code: "upstream_rate_limited", retryable: true }],
  ["ModelNotReadyException", { code: "upstream_overloaded", retryable: true }],
  ["ModelTimeoutException", { code: "upstream_timeout", retryable: true }],
  ["ModelErrorException", { code: "upstream_error", retryable: true }],
  ["ModelStreamErrorException", { code: "upstream_error", retryable: true }],
  ["AccessDeniedException", { code: "upstream_rejected", retryable: false }],
  ["UnrecognizedClientException", { code: "upstream_rejected", retryable: false }],
  ["ExpiredTokenException", { code: "upstream_rejected", retryable: false }],
  ["IncompleteSignature", { code: "upstream_rejected", retryable: false }],
  ["ResourceNotFoundException", { code: "upstream_rejected", retryable: false }],
  ["ValidationException", { code: "upstream_invalid_request", retryable: false }],
]);

/** Maps an AWS error by the exception that its header names; its message is never read (S3, G20). */
export function mapError(answer: UpstreamErrorAnswer): UpstreamFault {
  const fault = mapByStatus(answer);
  // `ValidationException:http://internal.amazon.com/coral/…`: what follows the colon names nothing of ours.
  const [exception = ""] = (answer.headers.get("x-amzn-errortype") ?? "").split(":");
  const known = BY_EXCEPTION.get(exception);
  const name = exception.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
  const upstreamCode = safeToken(name);
  return {
    ...fault,
    ...known,
    upstreamCode,
    upstreamParam: null,
    retryAfterMs: known?.retryable === false ? null : fault.retryAfterMs,
  };
}

import { mapError as mapByStatus } from "../openai-compatible/map-error.ts";
import type { UpstreamErrorAnswer, UpstreamFault } from "../spec.ts";

/** Not Groq's 498: the request or its answer held what Cohere does not allow. Source: Cohere API, "Errors". */
const DENIED_CONTENT_STATUS = 498;

/** Maps `{ message, id }`: the status alone tells, and no text of theirs is read (S3, G20). */
export function mapError(answer: UpstreamErrorAnswer): UpstreamFault {
  const fault = mapByStatus(answer);
  if (answer.status !== DENIED_CONTENT_STATUS) return fault;
  return { ...fault, code: "upstream_invalid_request", retryAfterMs: null, retryable: false };
}

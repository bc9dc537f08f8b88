import { ERRORS, type AppError } from "#kernel";
import { encodeEvent } from "../sse/encode-event.ts";

const TOO_MANY_REQUESTS = 429;

/**
 * An error inside a stream that has begun, as OpenAI sends its own: an `error` event, at which its SDK throws, and the
 * failed response, which is all that Codex reads. The latter's codes are a short list of OpenAI's, ours stands in the former.
 */
export function encodeStreamError(error: AppError, requestId: string, isFinished = false): Uint8Array {
  const { code, message, param } = error;
  const isLimit = ERRORS[code].status === TOO_MANY_REQUESTS;
  const failed = {
    id: requestId,
    object: "response",
    status: "failed",
    error: { code: isLimit ? "rate_limit_exceeded" : "server_error", message },
    incomplete_details: null,
    output: [],
  };
  const events = [
    { type: "error", sequence_number: 0, code, message, param, request_id: requestId },
    // A response that is said to be incomplete does not fail besides.
    ...(isFinished ? [] : [{ type: "response.failed", sequence_number: 1, response: failed }]),
  ];
  return new TextEncoder().encode(events.map((event) => encodeEvent(JSON.stringify(event), event.type)).join(""));
}

import { ERRORS, type AppError } from "#kernel";
import { encodeEvent } from "../sse/encode-event.ts";

/** OpenAI's error body, with the request id beside it. The message is the table's, never an upstream's. */
export function encodeError(error: AppError, requestId: string): string {
  return JSON.stringify({ error: errorObject(error), request_id: requestId });
}

/**
 * An error inside a stream that has begun, as one event. No `[DONE]` follows: OpenAI's clients throw at an `error`
 * member, and a reader that only looks for `[DONE]` must not take a broken answer for a whole one.
 */
export function encodeStreamError(error: AppError, requestId: string): Uint8Array {
  return new TextEncoder().encode(encodeEvent(encodeError(error, requestId)));
}

function errorObject(error: AppError): Readonly<Record<string, string | null>> {
  return { message: error.message, type: ERRORS[error.code].type, code: error.code, param: error.param };
}

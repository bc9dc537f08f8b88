import { ERRORS, type AppError } from "#kernel";
import { encodeEvent } from "../sse/encode-event.ts";

/** Google's canonical name of each status. Source: google.rpc.Code. */
const STATUSES: ReadonlyMap<number, string> = new Map([
  [400, "INVALID_ARGUMENT"],
  [401, "UNAUTHENTICATED"],
  [402, "RESOURCE_EXHAUSTED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [405, "UNIMPLEMENTED"],
  [408, "DEADLINE_EXCEEDED"],
  [409, "ABORTED"],
  [413, "INVALID_ARGUMENT"],
  [415, "INVALID_ARGUMENT"],
  [429, "RESOURCE_EXHAUSTED"],
  [500, "INTERNAL"],
  [503, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
]);

/** Google's error body; our own code stands in its details. The message is the table's, never an upstream's. */
export function encodeError(error: AppError, requestId: string): string {
  const code = ERRORS[error.code].status;
  const metadata = { request_id: requestId, ...(error.param === null ? {} : { param: error.param }) };
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: error.code,
    domain: "prismaticapi.com",
    metadata,
  };
  return JSON.stringify({
    error: { code, message: error.message, status: STATUSES.get(code) ?? "UNKNOWN", details: [info] },
  });
}

/** An error inside a stream that has begun, as one event, as Google sends its own. */
export function encodeStreamError(error: AppError, requestId: string): Uint8Array {
  return new TextEncoder().encode(encodeEvent(encodeError(error, requestId)));
}

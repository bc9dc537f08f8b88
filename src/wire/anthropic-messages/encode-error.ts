import { ERRORS, type AppError } from "#kernel";
import { encodeEvent } from "../sse/encode-event.ts";

/** Anthropic's error types by HTTP status. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [504, "timeout_error"],
]);

/** Anthropic's error body, with our stable code beside its type. The message is the table's, never an upstream's. */
export function encodeError(error: AppError, requestId: string): string {
  const { code, message } = error;
  return JSON.stringify({ type: "error", error: { type: typeOf(error), message, code }, request_id: requestId });
}

/** An error inside a stream that has begun: Anthropic's clients throw at an event of this name. */
export function encodeStreamError(error: AppError, requestId: string): Uint8Array {
  return new TextEncoder().encode(encodeEvent(encodeError(error, requestId), "error"));
}

function typeOf({ code }: AppError): string {
  if (code === "upstream_overloaded") return "overloaded_error";
  const { status } = ERRORS[code];
  return TYPES.get(status) ?? (status < 500 ? "invalid_request_error" : "api_error");
}

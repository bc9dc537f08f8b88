import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ERRORS, type AppError } from "#kernel";
import { encodeError } from "#wire";

const MS_PER_SECOND = 1_000;
/** The official SDKs wait no longer than this: told of more, they would try again at once. */
const RETRY_WAIT_MAX_MS = 60_000;

/** The single map from an error to what a caller of an OpenAI-shaped route receives. */
export const errorResponse = {
  status(error: AppError): ContentfulStatusCode {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds only statuses of 400 and above, all with a body
    return ERRORS[error.code].status as ContentfulStatusCode;
  },

  body(error: AppError, requestId: string): string {
    return encodeError(error, requestId);
  },

  /** `x-should-retry` goes before the SDKs' own rules; waits are sent in seconds, rounded up, and in milliseconds. */
  headers(error: AppError): [string, string][] {
    const isWorthWaiting = (error.retryAfterMs ?? 0) <= RETRY_WAIT_MAX_MS;
    const headers: [string, string][] = [
      ["content-type", "application/json"],
      ["cache-control", "no-store"],
      ["x-should-retry", String(ERRORS[error.code].retry && isWorthWaiting)],
    ];
    if (error.retryAfterMs !== null) {
      headers.push(["retry-after", String(Math.ceil(error.retryAfterMs / MS_PER_SECOND))]);
      headers.push(["retry-after-ms", String(Math.ceil(error.retryAfterMs))]);
    }
    return headers;
  },
};

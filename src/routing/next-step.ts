import type { ErrorCode, RandomBytes } from "#kernel";
import { randomFraction } from "./random-fraction.ts";

/** Attempts at one endpoint with one key, the first included. */
export const MAX_ATTEMPTS = 3;
/** Attempts of one request, wherever they go. */
export const MAX_ATTEMPTS_IN_ALL = 6;
export const BACKOFF_BASE_MS = 200;
export const BACKOFF_MAX_MS = 2_000;
/** A provider that asks for a longer wait is not waited for: the caller gets its `Retry-After` instead. */
export const MAX_HONOURED_WAIT_MS = 5_000;
/** Time that must be left after the wait for another attempt to make sense. */
export const MIN_ATTEMPT_MS = 1_000;

export interface StepQuestion {
  /** What failed; only these facts of it matter here. */
  readonly fault: { readonly code: ErrorCode; readonly retryable: boolean; readonly retryAfterMs: number | null };
  /** Number of the attempt that failed at this endpoint, from 1. */
  readonly attemptHere: number;
  readonly attemptsInAll: number;
  /** Endpoints (or keys) that have not been tried. */
  readonly candidatesLeft: number;
  /** True once a byte of output went to the caller. */
  readonly outputStarted: boolean;
  readonly elapsedMs: number;
  /** When the caller's time is over, counted like `elapsedMs`. */
  readonly deadlineMs: number;
}

export type Step =
  | { readonly type: "retry"; readonly waitMs: number }
  | { readonly type: "next" }
  | {
      readonly type: "stop";
      readonly reason: "output_started" | "not_retryable" | "attempts" | "wait_too_long" | "deadline";
    };

/** Faults of the request itself: every endpoint would say the same. */
const CALLERS_OWN: ReadonlySet<ErrorCode> = new Set(["upstream_invalid_request", "response_too_large"]);
/** Faults that will not be gone in a moment: another endpoint is the better try. */
const MOVE_ON: ReadonlySet<ErrorCode> = new Set([
  "upstream_rejected",
  "upstream_rate_limited",
  "upstream_overloaded",
  "upstream_timeout",
  "byok_key_rejected",
]);

/**
 * What follows a failed attempt: the same endpoint again, the next one, or the error. Never anything after the first
 * output byte (G21): the caller would read the beginning twice and pay for it twice. Every bound is on the whole request.
 */
export function nextStep(question: StepQuestion, random: RandomBytes): Step {
  const { fault, attemptHere, candidatesLeft, elapsedMs, deadlineMs } = question;
  if (question.outputStarted) return { type: "stop", reason: "output_started" };
  if (CALLERS_OWN.has(fault.code)) return { type: "stop", reason: "not_retryable" };
  if (question.attemptsInAll >= MAX_ATTEMPTS_IN_ALL) return { type: "stop", reason: "attempts" };
  if (elapsedMs + MIN_ATTEMPT_MS > deadlineMs) return { type: "stop", reason: "deadline" };
  const isLongWait = fault.retryAfterMs !== null && fault.retryAfterMs > MAX_HONOURED_WAIT_MS;
  const waitMs = (fault.retryAfterMs ?? 0) + backoffMs(attemptHere, random);
  const isTooLate = elapsedMs + waitMs + MIN_ATTEMPT_MS > deadlineMs;
  if (candidatesLeft > 0) {
    const isSpent = !fault.retryable || attemptHere >= MAX_ATTEMPTS - 1 || isLongWait || isTooLate;
    return MOVE_ON.has(fault.code) || isSpent ? { type: "next" } : { type: "retry", waitMs };
  }
  if (!fault.retryable) return { type: "stop", reason: "not_retryable" };
  if (attemptHere >= MAX_ATTEMPTS) return { type: "stop", reason: "attempts" };
  if (isLongWait) return { type: "stop", reason: "wait_too_long" };
  return isTooLate ? { type: "stop", reason: "deadline" } : { type: "retry", waitMs };
}

/** Full jitter: anything from nothing to the exponential bound, so that callers that failed together do not return together. */
function backoffMs(attempt: number, random: RandomBytes): number {
  const boundMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
  return Math.floor(boundMs * randomFraction(random));
}

import type { RandomBytes } from "#kernel";

/** Attempts at one endpoint, the first included. */
export const MAX_ATTEMPTS = 3;
export const BACKOFF_BASE_MS = 200;
export const BACKOFF_MAX_MS = 2_000;
/** A provider that asks for a longer wait is not waited for: the caller gets its `Retry-After` instead. */
export const MAX_HONOURED_WAIT_MS = 5_000;
/** Time that must be left after the wait for another attempt to make sense. */
export const MIN_ATTEMPT_MS = 1_000;

export interface RetryInput {
  /** What failed; only these two facts of it matter here. */
  readonly fault: { readonly retryable: boolean; readonly retryAfterMs: number | null };
  /** Number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** True once a byte of output went to the caller. */
  readonly outputStarted: boolean;
  readonly elapsedMs: number;
  /** When the caller's time is over, counted like `elapsedMs`. */
  readonly deadlineMs: number;
}

export type RetryDecision =
  | { readonly retry: true; readonly waitMs: number }
  | {
      readonly retry: false;
      readonly reason: "output_started" | "not_retryable" | "attempts" | "wait_too_long" | "deadline";
    };

/**
 * Whether a failed attempt is made again, and after how long. Never after the first output byte (G21): the caller would
 * read the beginning twice and pay for it twice. The wait is the provider's, or exponential with full jitter.
 */
export function shouldRetry(input: RetryInput, random: RandomBytes): RetryDecision {
  const { fault, attempt, outputStarted, elapsedMs, deadlineMs } = input;
  if (outputStarted) return { retry: false, reason: "output_started" };
  if (!fault.retryable) return { retry: false, reason: "not_retryable" };
  if (attempt >= MAX_ATTEMPTS) return { retry: false, reason: "attempts" };
  if (fault.retryAfterMs !== null && fault.retryAfterMs > MAX_HONOURED_WAIT_MS) {
    return { retry: false, reason: "wait_too_long" };
  }
  const waitMs = (fault.retryAfterMs ?? 0) + backoffMs(attempt, random);
  if (elapsedMs + waitMs + MIN_ATTEMPT_MS > deadlineMs) return { retry: false, reason: "deadline" };
  return { retry: true, waitMs };
}

/** Full jitter: anything from nothing to the exponential bound, so that callers that failed together do not return together. */
function backoffMs(attempt: number, random: RandomBytes): number {
  const boundMs = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1));
  const [high = 0, low = 0] = random(2);
  return Math.floor((boundMs * (high * 256 + low)) / 65_536);
}

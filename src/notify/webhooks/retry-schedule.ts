import type { RandomBytes } from "#kernel";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The waits after each failed try but the last, about three days together. Source: Standard Webhooks, "Deliverability". */
const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

export const WEBHOOK_ATTEMPTS_MAX = WAITS_MS.length + 1;
/** Nobody is asked later than this, whatever an endpoint wants. */
export const WEBHOOK_WAIT_MAX_MS = 24 * HOUR_MS;
/** Up to so much of a wait is added: what failed together does not come back together. */
const JITTER = 0.1;
const JITTER_BYTES = 2;
const JITTER_STEPS = 2 ** 16;

/**
 * How long an event waits after so many tries, ms, or what the endpoint asked for (`Retry-After`) where that is longer;
 * null when that was the last one.
 */
export function webhookWaitMs(attempts: number, askedMs: number | null, random: RandomBytes): number | null {
  const waitMs = WAITS_MS[attempts - 1];
  if (waitMs === undefined) return null;
  const fraction = random(JITTER_BYTES).reduce((sum, byte) => sum * 256 + byte, 0) / JITTER_STEPS;
  const asked = Math.min(askedMs ?? 0, WEBHOOK_WAIT_MAX_MS);
  return Math.round(Math.max(waitMs, asked) * (1 + JITTER * fraction));
}

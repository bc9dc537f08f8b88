/**
 * How often a mail is tried, and how long it waits in between: 30 s, 1 min, 2 min … up to two hours. All tries fall within
 * the 24 hours for which Resend remembers an idempotency key, so that one whose answer was lost is not sent twice.
 */
export const MAIL_TRIES_MAX = 12;
const WAIT_BASE_MS = 30_000;
export const MAIL_WAIT_MAX_MS = 7_200_000;
const DOUBLINGS_MAX = 20;

/** The wait after that many tries, or what the provider asked for where that is longer; never beyond the maximum. */
export function mailRetryWaitMs(tries: number, askedMs: number | null = null): number {
  const doubled = WAIT_BASE_MS * 2 ** Math.min(Math.max(tries - 1, 0), DOUBLINGS_MAX);
  return Math.min(Math.max(doubled, askedMs ?? 0), MAIL_WAIT_MAX_MS);
}

import type { DoorLimit } from "./door-policy.ts";

/** `remaining` more are let through before `resetMs` are over; then all of the limit are there again. */
export type AttemptVerdict =
  | { readonly ok: true; readonly remaining: number; readonly resetMs: number }
  | { readonly ok: false; readonly retryAfterMs: number };

/** Counts attempts under a name, and says whether one more is within the limit. One that is refused is not counted. */
export interface AttemptLimiter {
  /** Throws when the counts cannot be reached. */
  take(name: string, limit: DoorLimit, nowMs: number): Promise<AttemptVerdict>;
}

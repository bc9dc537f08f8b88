import type { AttemptLimiter, AttemptVerdict } from "./attempt-limiter.ts";
import type { DoorLimit } from "./door-policy.ts";

/** Names of which attempts are remembered; the one that was longest not asked for goes first. */
const NAMES_MAX = 10_000;

/**
 * Counts in this isolate's memory: for development, and for doors whose limiter is away. It remembers when each attempt
 * was, so that in no time as long as the window there are more than the limit.
 */
export class LocalLimiter implements AttemptLimiter {
  /** In the order in which they were last asked for. */
  readonly #attempts = new Map<string, readonly number[]>();
  readonly #namesMax: number;

  constructor(namesMax: number = NAMES_MAX) {
    this.#namesMax = namesMax;
  }

  take(name: string, limit: DoorLimit, nowMs: number): Promise<AttemptVerdict> {
    const counted = (this.#attempts.get(name) ?? []).filter((atMs) => atMs > nowMs - limit.windowMs);
    const oldest = counted[0];
    const isFull = oldest !== undefined && counted.length >= limit.attempts;
    this.#remember(name, isFull ? counted : [...counted, nowMs]);
    // The window is over when the oldest attempt is as old as the window is long.
    if (isFull) return Promise.resolve({ ok: false, retryAfterMs: oldest + limit.windowMs - nowMs });
    const remaining = limit.attempts - counted.length - 1;
    return Promise.resolve({ ok: true, remaining, resetMs: (oldest ?? nowMs) + limit.windowMs - nowMs });
  }

  #remember(name: string, attempts: readonly number[]): void {
    this.#attempts.delete(name);
    this.#attempts.set(name, attempts);
    if (this.#attempts.size <= this.#namesMax) return;
    const [longestAgo] = this.#attempts.keys();
    if (longestAgo !== undefined) this.#attempts.delete(longestAgo);
  }
}

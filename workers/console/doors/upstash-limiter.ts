import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis/cloudflare";
import type { AttemptLimiter, AttemptVerdict, DoorLimit } from "#abuse";

export interface UpstashSettings {
  readonly url: string;
  readonly token: string;
  /** How long one question may take; `UPSTASH_CALL_MS` by default. */
  readonly callMs?: number;
}

/** One question to Upstash; a door asks at most four. */
export const UPSTASH_CALL_MS = 500;
/** An answer that says "until now" would have the caller try again at once. */
const RETRY_MIN_MS = 1_000;
const PREFIX = "prismatic";

/**
 * Counts in Upstash Redis, for all isolates together, by a sliding window: that of `@upstash/ratelimit` weighs the window
 * before by how much of it is still in sight, so at the seam of two windows it may be off by a few attempts.
 */
export class UpstashLimiter implements AttemptLimiter {
  readonly #redis: Redis;
  /** One for each limit of the policy table. */
  readonly #limits = new Map<string, Ratelimit>();

  constructor({ url, token, callMs = UPSTASH_CALL_MS }: UpstashSettings) {
    this.#redis = new Redis({
      url,
      token,
      // A function: with a signal itself the library answers an aborted call as if Redis had.
      signal: () => AbortSignal.timeout(callMs),
      retry: { retries: 0 },
      // A pipeline would carry the commands of several requests, and workerd lets none wait for the fetch of another.
      enableAutoPipelining: false,
      readYourWrites: false,
      enableTelemetry: false,
    });
  }

  async take(name: string, limit: DoorLimit, nowMs: number): Promise<AttemptVerdict> {
    const { success, remaining, reset, reason } = await this.#limitOf(limit).limit(name);
    // Only an answer of Redis is one: the library lets everybody pass where it gave up waiting.
    if (reason !== undefined || !Number.isFinite(remaining)) throw new Error("the limiter did not answer");
    const resetMs = Math.max(reset - nowMs, RETRY_MIN_MS);
    return success ? { ok: true, remaining, resetMs } : { ok: false, retryAfterMs: resetMs };
  }

  #limitOf({ attempts, windowMs }: DoorLimit): Ratelimit {
    const id = `${attempts}/${windowMs}`;
    const known = this.#limits.get(id);
    if (known !== undefined) return known;
    const made = new Ratelimit({
      redis: this.#redis,
      limiter: Ratelimit.slidingWindow(attempts, `${windowMs} ms`),
      prefix: `${PREFIX}:${id}`,
      // Unbounded memory of every name that was refused, by the real clock.
      ephemeralCache: false,
      // Its own timeout lets everybody pass; ours throws.
      timeout: 0,
      analytics: false,
      enableTelemetry: false,
    });
    this.#limits.set(id, made);
    return made;
  }
}

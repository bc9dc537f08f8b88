import { nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import type { AdmittedHold, LeaseWish } from "./lease-types.ts";

/** A lease is asked for so much time of the recent rate. */
const AHEAD_MS = 2_000;
/** A key that is asked less often than this is not worth a lease: its calls ask one by one. */
const GAP_MAX_MS = 10_000;
/** Weight of the newest gap in the mean. */
const NEWEST_GAP_WEIGHT = 0.3;
/** The dearest of so many last calls is what one call is expected to hold. */
const RECENT_HOLDS = 8;
const CALLS_MAX = 256;

/** How often one key is used in this isolate, and what its calls hold. */
export class Demand {
  #lastMs: number | null = null;
  /** Mean time between two calls; null until there were two. */
  #gapMs: number | null = null;
  readonly #holds: Pick<AdmittedHold, "heldNano" | "tokens">[] = [];

  /** A call asks to be admitted. */
  arrive(nowMs: number): void {
    if (this.#lastMs !== null) {
      const gapMs = Math.max(0, nowMs - this.#lastMs);
      this.#gapMs = this.#gapMs === null ? gapMs : this.#gapMs + (gapMs - this.#gapMs) * NEWEST_GAP_WEIGHT;
    }
    this.#lastMs = nowMs;
  }

  /** Only its figures are kept: an admission is kilobytes, and there is a demand for every key. */
  admitted({ heldNano, tokens }: AdmittedHold): void {
    this.#holds.push({ heldNano, tokens });
    if (this.#holds.length > RECENT_HOLDS) this.#holds.shift();
  }

  /** Calls to expect in the time that a lease is asked for; 0 where it is too seldom for one. */
  expected(): number {
    if (this.#gapMs === null || this.#gapMs > GAP_MAX_MS) return 0;
    return Math.min(CALLS_MAX, Math.ceil(AHEAD_MS / Math.max(1, this.#gapMs)) + 1);
  }

  /** What to ask for; null where a lease is not worth it, or no call was admitted yet. */
  wish(newLeaseId: () => string): LeaseWish | null {
    const calls = this.expected();
    if (calls === 0 || this.#holds.length === 0) return null;
    let callNano: NanoUsd = ZERO_NANO;
    let callTokens = 0;
    for (const { heldNano, tokens } of this.#holds) {
      callNano = heldNano > callNano ? nanoUsd(heldNano) : callNano;
      callTokens = Math.max(callTokens, tokens);
    }
    return { id: newLeaseId(), calls, callNano, callTokens };
  }
}

import type { PriceOverrides } from "#catalog";
import type { Clock } from "#kernel";

/** Overrides older than this are read again, behind the request that noticed. */
const STALE_AFTER_MS = 30_000;
const NO_OVERRIDES: PriceOverrides = { version: 0, entries: [] };

/** Reads overrides newer than a version; null when there are none, or the store did not answer. */
export type ReadOverrides = (sinceVersion: number) => Promise<PriceOverrides | null>;

/**
 * The operators' price overrides as this isolate knows them. A request never waits for a refresh: it prices with the
 * last good set while a newer one is fetched. Only an isolate's very first request waits, bounded by the store's timeout,
 * so that a cold isolate does not price by the catalogue alone. With the store away the catalogue's prices stand, and
 * every receipt names the version it was priced with.
 */
export class PriceBook {
  #overrides = NO_OVERRIDES;
  #readAtMs: number | null = null;
  #reading: { readonly sinceMs: number; readonly done: Promise<void> } | null = null;
  readonly #read: ReadOverrides;
  readonly #clock: Clock;
  readonly #readMaxMs: number;

  /** `readMaxMs`: the longest that a read takes. One that is older was dropped with the request that began it. */
  constructor(read: ReadOverrides, clock: Clock, readMaxMs: number) {
    this.#read = read;
    this.#clock = clock;
    this.#readMaxMs = readMaxMs;
  }

  /** The set to price with. `keepAlive` holds the isolate for the refresh behind the answer. */
  async current(keepAlive: (work: Promise<void>) => void): Promise<PriceOverrides> {
    if (this.#readAtMs === null) {
      const reading = this.#refresh();
      // Others wait for this read too: it must not end with the request that began it when its client hangs up.
      keepAlive(reading);
      await reading;
    } else if (this.#clock.nowMs() - this.#readAtMs > STALE_AFTER_MS) keepAlive(this.#refresh());
    return this.#overrides;
  }

  #refresh(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (this.#reading !== null && nowMs - this.#reading.sinceMs <= this.#readMaxMs) return this.#reading.done;
    const reading = {
      sinceMs: nowMs,
      done: this.#readOnce().finally(() => {
        if (this.#reading === reading) this.#reading = null;
      }),
    };
    this.#reading = reading;
    return reading.done;
  }

  async #readOnce(): Promise<void> {
    const overrides = await this.#read(this.#overrides.version);
    this.#readAtMs = this.#clock.nowMs();
    if (overrides && overrides.version > this.#overrides.version) this.#overrides = overrides;
  }
}

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
  #reading: Promise<void> | null = null;
  readonly #read: ReadOverrides;
  readonly #clock: Clock;

  constructor(read: ReadOverrides, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
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
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const overrides = await this.#read(this.#overrides.version);
    this.#readAtMs = this.#clock.nowMs();
    if (overrides && overrides.version > this.#overrides.version) this.#overrides = overrides;
  }
}

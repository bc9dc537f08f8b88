import type { Endpoint, PriceOverrides } from "#catalog";
import type { Clock } from "#kernel";

/** Overrides older than this are read again, behind the request that noticed. */
const STALE_AFTER_MS = 30_000;
/** Older than this nobody goes by them: an isolate that was idle waits for what operators have set meanwhile. */
const TOO_OLD_AFTER_MS = 60_000;

/** What operators set over the catalogue: prices, and the providers and endpoints that no call goes to. */
export interface Overrides {
  readonly prices: PriceOverrides;
  readonly stops: ProviderStops;
}

export interface ProviderStops {
  readonly version: number;
  /** Names of providers, and ids of endpoints. */
  readonly targets: readonly string[];
}

const NO_OVERRIDES: Overrides = { prices: { version: 0, entries: [] }, stops: { version: 0, targets: [] } };

/** Of each what is newer than a version; null where nothing is. Null in all: the store did not answer. */
export type ReadOverrides = (
  pricesSince: number,
  stopsSince: number,
) => Promise<{ readonly prices: PriceOverrides | null; readonly stops: ProviderStops | null } | null>;

export function isStopped({ targets }: ProviderStops, { id, provider }: Endpoint): boolean {
  return targets.length > 0 && (targets.includes(provider) || targets.includes(id));
}

/**
 * The operators' overrides as this isolate knows them. A busy isolate's requests never wait for a refresh: they go by the
 * last good set while a newer one is fetched. An isolate's first request waits, and the first after a minute without any, bounded
 * by the store's timeout, so that neither prices by what is long gone nor calls what was stopped. With the store away the catalogue stands, and every receipt names
 * the version it was priced with.
 */
export class OverrideBook {
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

  /** The sets to go by. `keepAlive` holds the isolate for the refresh behind the answer. */
  async current(keepAlive: (work: Promise<void>) => void): Promise<Overrides> {
    const ageMs = this.#readAtMs === null ? Infinity : this.#clock.nowMs() - this.#readAtMs;
    if (ageMs > TOO_OLD_AFTER_MS) {
      const reading = this.#refresh();
      // Others wait for this read too: it must not end with the request that began it when its client hangs up.
      keepAlive(reading);
      await reading;
    } else if (ageMs > STALE_AFTER_MS) keepAlive(this.#refresh());
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
    const { prices, stops } = this.#overrides;
    const read = await this.#read(prices.version, stops.version);
    this.#readAtMs = this.#clock.nowMs();
    // Another read may have brought a newer one meanwhile.
    const now = this.#overrides;
    this.#overrides = { prices: newer(now.prices, read?.prices), stops: newer(now.stops, read?.stops) };
  }
}

function newer<Set extends { readonly version: number }>(known: Set, read: Set | null | undefined): Set {
  return read && read.version > known.version ? read : known;
}

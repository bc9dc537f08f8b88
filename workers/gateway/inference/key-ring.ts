import type { Clock, RandomBytes } from "#kernel";
import type { ConfiguredProvider, UpstreamFault, UpstreamKey } from "#providers";
import { chooseKey } from "#routing";

/** How long a key that its provider refused, or limits, is left alone; a provider's own wait goes before it. */
const COOL_MS = 30_000;
const REFUSED_STATUSES: ReadonlySet<number | null> = new Set([401, 402, 403, 429]);

/** The operator's keys of every provider, as this isolate uses them: by weight, without those that were just refused. */
export class KeyRing {
  /** By provider and key id: when it may be used again. At most one entry per configured key. */
  readonly #coolUntilMs = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: RandomBytes;

  constructor(clock: Clock, random: RandomBytes) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The key for one attempt; null where the provider needs none. */
  choose({ spec, keys }: ConfiguredProvider): UpstreamKey | null {
    const [only] = keys;
    if (keys.length <= 1) return only ?? null;
    const nowMs = this.#clock.nowMs();
    const cooling = new Set(keys.filter(({ id }) => this.#isCooling(nameOf(spec.id, id), nowMs)).map(({ id }) => id));
    return chooseKey(keys, this.#random, cooling);
  }

  /** Tells what came of an attempt with a key. */
  report({ spec, keys }: ConfiguredProvider, key: UpstreamKey, fault: UpstreamFault): void {
    if (keys.length <= 1 || !REFUSED_STATUSES.has(fault.status)) return;
    this.#coolUntilMs.set(nameOf(spec.id, key.id), this.#clock.nowMs() + (fault.retryAfterMs ?? COOL_MS));
  }

  #isCooling(name: string, nowMs: number): boolean {
    return nowMs < (this.#coolUntilMs.get(name) ?? 0);
  }
}

const nameOf = (provider: string, id: string): string => `${provider}:${id}`;

import type { VerifiedKey } from "#keys";
import { StickyMap } from "#routing";
import type { PreparedCall } from "./inference/prepared-call.ts";

type StickyCall = Pick<PreparedCall, "model" | "stickyPrefix" | "uses">;

/**
 * Sends a prompt where its beginning is cached. Only calls whose prompt is long enough for a cache look: an HMAC over a
 * short prompt would cost more than it saves.
 */
export class Stickiness {
  readonly #map: StickyMap;

  constructor(map: StickyMap) {
    this.#map = map;
  }

  async find(call: StickyCall, key: VerifiedKey, nowMs: number): Promise<string | null> {
    const name = await this.#nameOf(call, key);
    return name === null ? null : this.#map.find(name, nowMs);
  }

  /** Never rejects: a lost entry costs a cache hit and nothing else. */
  async keep(call: StickyCall, key: VerifiedKey, endpoint: string, nowMs: number): Promise<void> {
    const name = await this.#nameOf(call, key);
    if (name !== null) this.#map.keep(name, endpoint, nowMs);
  }

  async #nameOf(call: StickyCall, { region, locator, mode }: VerifiedKey): Promise<string | null> {
    const prefix = call.stickyPrefix();
    if (prefix === null || prefix.length < CACHED_CHARACTERS_MIN) return null;
    return this.#map.nameOf({ orgLocator: `${region}:${locator}`, mode, model: call.model, prefix });
  }
}

/** Providers cache from 1,024 tokens on; a token has about four characters. */
const CACHED_CHARACTERS_MIN = 4_096;

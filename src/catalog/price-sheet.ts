import type { Price } from "#kernel";
import { catalogVersion } from "./catalog.ts";
import type { DatedPrices, Endpoint, PriceOverrides, PriceSheet, TieredPrice } from "./types.ts";

const DAY_MS = 86_400_000;

/**
 * The prices of an endpoint at an instant (the request's start). Null when it has none: such a call must be refused
 * before it is made, never treated as free. Design MONEY section 1.
 *
 * Which entry counts: of those that apply at the instant, the one with the latest `from` (null is the earliest). Where
 * two are as late, the later in the list, overrides standing after the catalogue: so an override without a date
 * replaces an undated price, an override with a date replaces what was there before it, and a daily window goes before
 * the all-day price of its own date. An entry replaces the whole sheet; units that it leaves out are not inherited. An
 * override without any price therefore closes the endpoint. Which units a call needs is for its hold to ask (trap G3).
 *
 * The version is `<catalogue version>`, with `+o<override version>` where overrides of a version above 0 were looked at.
 */
export function priceSheet(endpoint: Endpoint, atMs: number, overrides: PriceOverrides | null): PriceSheet | null {
  let chosen: DatedPrices | null = null;
  for (const dated of endpoint.prices) chosen = laterOf(chosen, dated, atMs);
  for (const entry of overrides?.entries ?? []) {
    if (entry.endpoint === endpoint.id) chosen = laterOf(chosen, entry.dated, atMs);
  }
  if (chosen === null || Object.keys(chosen.prices).length === 0) return null;
  const version = overrides && overrides.version > 0 ? `${catalogVersion}+o${overrides.version}` : catalogVersion;
  return { version, prices: chosen.prices };
}

/** The price of a unit for a request with so many input tokens in all: the last tier reached, else the base. */
export function selectPrice(tiered: TieredPrice, inputTokens: number): Price {
  let price = tiered.base;
  let reached = -1;
  for (const tier of tiered.tiers) {
    if (inputTokens >= tier.fromInputTokens && tier.fromInputTokens > reached) {
      price = tier.price;
      reached = tier.fromInputTokens;
    }
  }
  return price;
}

function laterOf(chosen: DatedPrices | null, dated: DatedPrices, atMs: number): DatedPrices | null {
  return applies(dated, atMs) && (chosen === null || fromMs(dated) >= fromMs(chosen)) ? dated : chosen;
}

function applies(dated: DatedPrices, atMs: number): boolean {
  if (fromMs(dated) > atMs) return false;
  if (!dated.daily) return true;
  const { fromMs: start, untilMs: end } = dated.daily;
  const timeMs = ((atMs % DAY_MS) + DAY_MS) % DAY_MS;
  return start <= end ? timeMs >= start && timeMs < end : timeMs >= start || timeMs < end;
}

function fromMs(dated: DatedPrices): number {
  if (dated.from === null) return -Infinity;
  const instantMs = Date.parse(dated.from);
  if (Number.isNaN(instantMs)) throw new RangeError("malformed price date");
  return instantMs;
}

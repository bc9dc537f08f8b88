import type { Price } from "#kernel";
import { models } from "./catalog.ts";
import { priceSheet, selectPrice } from "./price-sheet.ts";
import type { Endpoint, PriceOverrides, TieredPrice, UnitPrices } from "./types.ts";

const DAY_MS = 86_400_000;

/** One unit's price at one endpoint, which is another under one set of overrides than under the other. */
export interface PriceChange {
  readonly endpoint: string;
  readonly model: string;
  /** From when on, epoch ms: the instant that was asked about, or a later one at which an entry begins. */
  readonly atMs: number;
  readonly unit: string;
  /** Null: it has no price, so that calls which need it are refused. */
  readonly before: TieredPrice | null;
  readonly after: TieredPrice | null;
  /** The provider's, as the catalogue has it. */
  readonly list: TieredPrice | null;
  /** Somewhere we would sell for less than it costs us by the list. */
  readonly isBelowList: boolean;
}

/** What setting `after` in the place of `before` would change, now and later. Endpoints that are not in the catalogue change nothing. */
export function diffPrices(before: PriceOverrides, after: PriceOverrides, nowMs: number): readonly PriceChange[] {
  const named = new Set([...before.entries, ...after.entries].map(({ endpoint }) => endpoint));
  return models().flatMap((model) =>
    model.endpoints
      .filter(({ id }) => named.has(id))
      .flatMap((endpoint) =>
        instantsOf(endpoint, [before, after], nowMs).flatMap((atMs) =>
          changesAt(endpoint, model.id, atMs, before, after),
        ),
      ),
  );
}

/** Ids of endpoints that the catalogue has none of: their entries would never be used. */
export function unknownEndpoints({ entries }: PriceOverrides): readonly string[] {
  const known = new Set(models().flatMap(({ endpoints }) => endpoints.map(({ id }) => id)));
  return entries.map(({ endpoint }) => endpoint).filter((id) => !known.has(id));
}

/**
 * Now, and every later instant at which a price may turn: where an entry begins, the catalogue's own among them, and where
 * a window of the day opens or closes for the first time after each of these.
 */
function instantsOf({ id, prices }: Endpoint, sets: readonly PriceOverrides[], nowMs: number): readonly number[] {
  const entries = sets.flatMap((set) => set.entries);
  const own = [...prices, ...entries.filter(({ endpoint }) => endpoint === id).map(({ dated }) => dated)];
  const begin = own.flatMap(({ from }) => (from === null ? [] : [Date.parse(from)])).filter((atMs) => atMs > nowMs);
  const turns = new Set(own.flatMap(({ daily }) => (daily ? [daily.fromMs, daily.untilMs] : [])));
  const starts = [nowMs, ...begin];
  const next = starts.flatMap((startMs) => [...turns].map((timeMs) => nextAt(timeMs, startMs)));
  return [...new Set([...starts, ...next])].toSorted((one, other) => one - other);
}

/** When a time of the UTC day comes next. */
function nextAt(timeMs: number, nowMs: number): number {
  const today = nowMs - (nowMs % DAY_MS) + timeMs;
  return today > nowMs ? today : today + DAY_MS;
}

function changesAt(
  endpoint: Endpoint,
  model: string,
  atMs: number,
  before: PriceOverrides,
  after: PriceOverrides,
): readonly PriceChange[] {
  const pricesUnder = (overrides: PriceOverrides | null): UnitPrices =>
    priceSheet(endpoint, atMs, overrides)?.prices ?? {};
  const [old, now, list] = [pricesUnder(before), pricesUnder(after), pricesUnder(null)].map(
    (prices) => new Map<string, TieredPrice>(Object.entries(prices)),
  );
  return [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].flatMap((unit) => {
    const [was, is, listed] = [old?.get(unit) ?? null, now?.get(unit) ?? null, list?.get(unit) ?? null];
    if (isSamePrice(was, is)) return [];
    const isBelowList = is !== null && listed !== null && isSomewhereBelow(is, listed);
    return [{ endpoint: endpoint.id, model, atMs, unit, before: was, after: is, list: listed, isBelowList }];
  });
}

/** Where either has a tier, and at the start. */
const thresholds = (...prices: readonly TieredPrice[]): readonly number[] => [
  0,
  ...prices.flatMap(({ tiers }) => tiers.map(({ fromInputTokens }) => fromInputTokens)),
];

function isSamePrice(one: TieredPrice | null, other: TieredPrice | null): boolean {
  if (one === null || other === null) return one === other;
  return thresholds(one, other).every((tokens) => compare(selectPrice(one, tokens), selectPrice(other, tokens)) === 0n);
}

const isSomewhereBelow = (one: TieredPrice, other: TieredPrice): boolean =>
  thresholds(one, other).some((tokens) => compare(selectPrice(one, tokens), selectPrice(other, tokens)) < 0n);

/** Below zero where the first is the lower. Exact. */
const compare = (one: Price, other: Price): bigint => one.pico * other.per - other.pico * one.per;

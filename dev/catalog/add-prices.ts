import { ADDED_PRICES, MANUAL_PRICES, type AddedPrice, type ManualPrice } from "../../src/catalog/manual-prices.ts";
import { unitEntries } from "../../src/catalog/encoded.ts";
import type { DatedPrices, TieredPrice } from "../../src/catalog/types.ts";
import type { Price, UsageUnit } from "../../src/kernel/index.ts";
import { priceFromDecimal } from "./decimal.ts";

/** The package's entries of an endpoint, with the units that we add to each, and then the endpoint's own manual entries. */
export function withOwnPrices(
  provider: string,
  upstream: string,
  fromPackage: readonly DatedPrices[],
): readonly DatedPrices[] {
  const added = ADDED_PRICES.filter((one) => one.provider === provider && one.upstream.test(upstream));
  const manual = MANUAL_PRICES.filter(({ endpoint }) => endpoint === `${provider}/${upstream}`);
  return [...fromPackage.map((dated) => added.reduce(addUnit, dated)), ...manual.map(readManual)];
}

function addUnit(dated: DatedPrices, { unit, price }: AddedPrice): DatedPrices {
  if (dated.prices[unit]) return dated;
  const { input } = dated.prices;
  const tiered = "timesInput" in price ? input && multiply(input, price.timesInput) : { base: read(price), tiers: [] };
  return tiered ? { ...dated, prices: { ...dated.prices, [unit]: tiered } } : dated;
}

function multiply(tiered: TieredPrice, times: bigint): TieredPrice {
  const grown = ({ pico, per }: Price): Price => ({ pico: pico * times, per });
  return {
    base: grown(tiered.base),
    tiers: tiered.tiers.map(({ fromInputTokens, price }) => ({ fromInputTokens, price: grown(price) })),
  };
}

function readManual({ from, usd, source }: ManualPrice): DatedPrices {
  const prices: Partial<Record<UsageUnit, TieredPrice>> = {};
  for (const [unit, price] of unitEntries(usd)) prices[unit] = { base: read(price), tiers: [] };
  return { from, prices, source };
}

const read = ([usd, per]: readonly [usd: string, per: number]): Price => priceFromDecimal(usd, BigInt(per));

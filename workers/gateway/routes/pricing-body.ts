import type { PriceSheet, TieredPrice } from "#catalog";
import type { Price } from "#kernel";

/** A price sheet as the catalogue's routes show it: per unit, exactly, with its tiers. */
export function pricingBody({ prices }: PriceSheet) {
  return Object.fromEntries(Object.entries(prices).map(([unit, price]) => [unit, tieredBody(price)]));
}

function tieredBody({ base, tiers }: TieredPrice) {
  return {
    ...priceBody(base),
    ...(tiers.length === 0
      ? {}
      : { tiers: tiers.map((tier) => ({ from_input_tokens: tier.fromInputTokens, ...priceBody(tier.price) })) }),
  };
}

/** Pico-USD have twelve decimals: a price is shown exactly, per the number of units it is stated for. */
function priceBody({ pico, per }: Price) {
  const text = pico.toString().padStart(13, "0");
  return { usd: `${text.slice(0, -12)}.${text.slice(-12)}`, per: Number(per) };
}

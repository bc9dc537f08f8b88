import type { PriceSheet } from "#catalog";
import type { UsageUnit } from "#kernel";
import type { EndpointPrice } from "#routing";

const MILLION = 1_000_000n;

/** A sheet's base prices in the terms that routes are compared in. What is rounded down here decides an order, no money. */
export function endpointPrice({ prices }: PriceSheet): EndpointPrice {
  const each = (unit: UsageUnit, count: bigint): bigint | null => {
    const base = prices[unit]?.base;
    return base ? (base.pico * count) / base.per : null;
  };
  return {
    promptPico: each("input", MILLION),
    completionPico: each("output", MILLION),
    requestPico: each("calls", 1n) ?? each("searches", 1n),
    imagePico: each("images", 1n),
  };
}

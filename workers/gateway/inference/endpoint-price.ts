import type { PriceSheet } from "#catalog";
import type { Price, UsageUnit } from "#kernel";
import { reachablePrices, type HoldQuestion } from "#metering";
import type { EndpointPrice } from "#routing";

const MILLION = 1_000_000n;

/** A sheet's base prices in the terms that routes are ordered by. What is rounded down here decides an order, no money. */
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

/** The dearest that a call can meet at an endpoint. Rounded up, so that no fraction of a pico-USD slips under a wish. */
export function dearestPrice(question: HoldQuestion, marksCache: boolean): EndpointPrice {
  const { prompt, completion, request, image } = reachablePrices(question, marksCache);
  return {
    promptPico: roundUp(prompt, MILLION),
    completionPico: roundUp(completion, MILLION),
    requestPico: roundUp(request, 1n),
    imagePico: roundUp(image, 1n),
  };
}

const roundUp = (price: Price | null, count: bigint): bigint | null =>
  price && (price.pico * count + price.per - 1n) / price.per;

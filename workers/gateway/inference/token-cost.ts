import { affordableUnits, costNano, nanoUsd, partOf, wholeOf, ZERO_NANO, type NanoUsd, type Price } from "#kernel";

/** What an answer costs at one endpoint at most: its input's bound, and each token of its output at the dearest. */
export interface TokenCost {
  readonly baseNano: NanoUsd;
  readonly price: Price;
  /** What is charged of it, parts per million; null: all. */
  readonly feePerMillion: bigint | null;
}

/** The most that an answer of so many tokens costs. */
export function costOfTokens({ baseNano, price, feePerMillion }: TokenCost, tokens: number): NanoUsd {
  const outputNano = tokens === 0 ? ZERO_NANO : costNano([{ units: BigInt(tokens), price }]);
  const priceNano = nanoUsd(baseNano + outputNano);
  return feePerMillion === null ? priceNano : partOf(priceNano, feePerMillion);
}

/** The tokens that an answer may have so that it costs no more than an amount. */
export function tokensWithin(cost: TokenCost, amount: NanoUsd): number {
  const priceRoom = cost.feePerMillion === null ? amount : wholeOf(amount, cost.feePerMillion);
  const units = affordableUnits(nanoUsd(priceRoom - cost.baseNano), cost.price);
  return units === null || units > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(units);
}

import { nanoFromText, type Receipt, type ReceiptCorrection } from "#kernel";

/**
 * A receipt as it stands after its corrections: the latest figures, and what was charged in all. `corrections` in the
 * order they occurred; none gives the receipt itself.
 */
export function correctedReceipt(receipt: Receipt, corrections: readonly ReceiptCorrection[]): Receipt {
  const latest = corrections.at(-1);
  if (latest === undefined) return receipt;
  const total = (first: string, deltas: readonly string[]) =>
    deltas.reduce((sum, delta) => sum + nanoFromText(delta), BigInt(nanoFromText(first))).toString();
  return {
    ...receipt,
    ...latest.end,
    cost_nano: total(
      receipt.cost_nano,
      corrections.map((correction) => correction.cost_delta_nano),
    ),
    upstream_cost_nano: total(
      receipt.upstream_cost_nano,
      corrections.map((correction) => correction.upstream_cost_delta_nano),
    ),
  };
}

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

/**
 * A recorded receipt, as it stands after its recorded corrections, with those that still wait for the ledger. One that
 * was recorded since it was seen waiting counts once. `posted`: nothing of it waits.
 */
export function withWaitingCorrections(
  recorded: { readonly receipt: Receipt; readonly corrections: readonly ReceiptCorrection[] },
  waiting: readonly ReceiptCorrection[],
): { readonly receipt: Receipt; readonly posted: boolean } {
  const known = new Set(recorded.corrections.map((correction) => correction.id));
  const missing = waiting.filter((correction) => !known.has(correction.id));
  return { receipt: correctedReceipt(recorded.receipt, missing), posted: missing.length === 0 };
}

import { nanoFromText, nanoUsd, ZERO_NANO, type NanoUsd } from "#kernel";
import type { OutboxItem } from "./types.ts";

/** What left the wallet, by what took it. */
export interface TakenTotals {
  readonly receiptsNano: NanoUsd;
  /** Signed. */
  readonly correctionsNano: NanoUsd;
  readonly expiriesNano: NanoUsd;
}

export const NOTHING_TAKEN: TakenTotals = {
  receiptsNano: ZERO_NANO,
  correctionsNano: ZERO_NANO,
  expiriesNano: ZERO_NANO,
};

/** What an item of the outbox takes from the wallet, signed. An alert takes nothing. */
export function takenBy(item: OutboxItem): NanoUsd {
  if (item.type === "receipt") return nanoFromText(item.receipt.cost_nano);
  if (item.type === "correction") return nanoFromText(item.correction.cost_delta_nano);
  return item.type === "expiry" ? nanoFromText(item.expiry.amount_nano) : ZERO_NANO;
}

/** The totals with one more item in them. */
export function addTaken(totals: TakenTotals, item: OutboxItem): TakenTotals {
  const sum = (total: NanoUsd): NanoUsd => nanoUsd(total + takenBy(item));
  if (item.type === "receipt") return { ...totals, receiptsNano: sum(totals.receiptsNano) };
  if (item.type === "correction") return { ...totals, correctionsNano: sum(totals.correctionsNano) };
  return item.type === "expiry" ? { ...totals, expiriesNano: sum(totals.expiriesNano) } : totals;
}

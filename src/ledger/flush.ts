import type { BudgetAlert, CreditExpiry, Receipt, ReceiptCorrection } from "#kernel";

/** What an Account object's outbox hands over: the contract's OutboxItem, by its kernel types. */
export type FlushItem =
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "correction"; readonly correction: ReceiptCorrection }
  | { readonly type: "alert"; readonly alert: BudgetAlert }
  | { readonly type: "expiry"; readonly expiry: CreditExpiry };

/** The one argument of `post_usage`: a batch of one organization, frozen with its id before it is first sent. */
export interface FlushPayload {
  /** `fls_…`: the idempotency key. The same id with other rows is refused (PR001). */
  readonly flush_id: string;
  readonly org_id: string;
  readonly receipts: readonly Receipt[];
  readonly corrections: readonly ReceiptCorrection[];
  /** Facts beside usage; absent where there are none. */
  readonly alerts?: readonly BudgetAlert[];
  readonly expiries?: readonly CreditExpiry[];
}

/** The most rows one flush may hold; `post_usage` refuses more (PR002). */
export const MAX_FLUSH_ROWS = 1_000;

/** Turns outbox items into a flush. Throws RangeError when there are none, too many, or one of another organization. */
export function encodeFlush(flushId: string, orgId: string, items: readonly FlushItem[]): FlushPayload {
  if (items.length === 0 || items.length > MAX_FLUSH_ROWS) throw new RangeError(`a flush holds 1 to ${MAX_FLUSH_ROWS}`);
  const receipts: Receipt[] = [];
  const corrections: ReceiptCorrection[] = [];
  const alerts: BudgetAlert[] = [];
  const expiries: CreditExpiry[] = [];
  for (const item of items) {
    if (item.type === "receipt") receipts.push(item.receipt);
    else if (item.type === "correction") corrections.push(item.correction);
    else if (item.type === "alert") alerts.push(item.alert);
    else expiries.push(item.expiry);
  }
  for (const row of [...receipts, ...corrections, ...alerts, ...expiries]) {
    if (row.org_id !== orgId) throw new RangeError("a flush holds rows of one organization");
  }
  return {
    flush_id: flushId,
    org_id: orgId,
    receipts,
    corrections,
    ...(alerts.length === 0 ? {} : { alerts }),
    ...(expiries.length === 0 ? {} : { expiries }),
  };
}

import type { Receipt, ReceiptCorrection } from "#kernel";

/** What an Account object's outbox hands over: the contract's OutboxItem, by its kernel types. */
export type FlushItem =
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "correction"; readonly correction: ReceiptCorrection };

/** The one argument of `post_usage`: a batch of one organization, frozen with its id before it is first sent. */
export interface FlushPayload {
  /** `fls_…`: the idempotency key. The same id with other rows is refused (PR001). */
  readonly flush_id: string;
  readonly org_id: string;
  readonly receipts: readonly Receipt[];
  readonly corrections: readonly ReceiptCorrection[];
}

/** The most rows one flush may hold; `post_usage` refuses more (PR002). */
export const MAX_FLUSH_ROWS = 1_000;

/** Turns outbox items into a flush. Throws RangeError when there are none, too many, or one of another organization. */
export function encodeFlush(flushId: string, orgId: string, items: readonly FlushItem[]): FlushPayload {
  if (items.length === 0 || items.length > MAX_FLUSH_ROWS) throw new RangeError(`a flush holds 1 to ${MAX_FLUSH_ROWS}`);
  const receipts: Receipt[] = [];
  const corrections: ReceiptCorrection[] = [];
  for (const item of items) {
    if (item.type === "receipt") receipts.push(item.receipt);
    else corrections.push(item.correction);
  }
  for (const row of [...receipts, ...corrections]) {
    if (row.org_id !== orgId) throw new RangeError("a flush holds rows of one organization");
  }
  return { flush_id: flushId, org_id: orgId, receipts, corrections };
}

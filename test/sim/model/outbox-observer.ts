import type { Effects, OutboxItem } from "#admission";
import type { Receipt, ReceiptCorrection } from "#kernel";
import { ensure } from "../engine/violation.ts";
import type { Books } from "./books.ts";

/** Reads every row that the outbox is given, and holds it to what its call owes. */
export class OutboxObserver {
  readonly #books: Books;
  /** By id, in the order of enqueuing. */
  readonly items = new Map<string, OutboxItem>();
  sumNano = 0n;
  #lastSeq = 0;

  constructor(books: Books) {
    this.#books = books;
  }

  written({ put }: Effects): void {
    for (const { seq, id, item } of put.outbox) {
      if (seq <= this.#lastSeq) {
        ensure(this.items.has(id), "receipts", "a row of the outbox changed into another", () => ({ seq, id }));
        continue;
      }
      ensure(seq === this.#lastSeq + 1 && !this.items.has(id), "receipts", "rows out of order, or one twice", () => ({
        seq,
        id,
      }));
      this.#lastSeq = seq;
      this.items.set(id, item);
      this.sumNano += amountOf(item);
      if (item.type === "receipt") this.#receipt(item.receipt);
      else if (item.type === "correction") this.#correction(item.correction);
    }
  }

  #receipt(receipt: Receipt): void {
    const call = this.#books.calls.get(receipt.id);
    const owed = call?.owed.shift();
    const isRight =
      owed?.type === "receipt" &&
      call?.receipts === 0 &&
      receipt.cost_nano === owed.costNano.toString() &&
      receipt.upstream_cost_nano === owed.upstreamNano.toString() &&
      receipt.held_nano === call.heldNano.toString() &&
      receipt.occurred_at === call.draft.occurred_at &&
      receipt.flags.includes("late") === call.isLate;
    ensure(isRight, "receipts", "a receipt that is not its call's", () => ({
      receipt,
      owed,
      receipts: call?.receipts,
    }));
    if (call !== undefined) call.receipts += 1;
  }

  #correction(correction: ReceiptCorrection): void {
    const owed = this.#books.calls.get(correction.receipt_id)?.owed.shift();
    const isRight =
      owed?.type === "correction" &&
      correction.cost_delta_nano === owed.costNano.toString() &&
      correction.upstream_cost_delta_nano === owed.upstreamNano.toString();
    ensure(isRight, "receipts", "a correction that is not its call's", () => ({ correction, owed }));
  }
}

/** By how much a row lowers the wallet in the ledger. */
export function amountOf(item: OutboxItem): bigint {
  if (item.type === "receipt") return BigInt(item.receipt.cost_nano);
  if (item.type === "correction") return BigInt(item.correction.cost_delta_nano);
  return item.type === "expiry" ? BigInt(item.expiry.amount_nano) : 0n;
}

export function idOf(item: OutboxItem): string {
  if (item.type === "receipt") return item.receipt.id;
  if (item.type === "correction") return item.correction.id;
  return item.type === "expiry" ? item.expiry.id : item.alert.id;
}

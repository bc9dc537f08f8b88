import type { AccountState } from "./state.ts";
import { addTaken } from "./taken.ts";
import type { OutboxItem } from "./types.ts";

/** Puts what the ledger is to be told behind all that waits; what it takes from the wallet counts as taken from now on. */
export function enqueue(state: AccountState, item: OutboxItem, nowMs: number): void {
  const seq = state.nextOutboxSeq;
  const id = outboxId(item);
  state.nextOutboxSeq += 1;
  state.outboxWaiting += 1;
  state.taken = addTaken(state.taken, item);
  state.changes.wallet = true;
  state.changes.outbox.set(seq, { seq, id, enqueued_at_ms: nowMs, set_aside: null, item });
}

/** The id of what waits in the outbox. */
export function outboxId(item: OutboxItem): string {
  if (item.type === "receipt") return item.receipt.id;
  if (item.type === "correction") return item.correction.id;
  return item.type === "alert" ? item.alert.id : item.expiry.id;
}

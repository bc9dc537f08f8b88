import type { Receipt } from "#kernel";
import { refuse } from "./check-key.ts";
import type { AccountState, AdmissionContext, Hold } from "./state.ts";
import type { AdmitCommand, Refusal } from "./types.ts";

/** A call that ended under an idempotency key. */
export interface UsedIdempotencyKey {
  readonly receiptId: string;
  readonly endedMs: number;
}

/** An entry belongs to one API key: neither another tenant nor another key of the same one ever meets it (trap G28). */
export function idempotencyName(keyHash: string, idempotencyHash: string): string {
  return `${keyHash} ${idempotencyHash}`;
}

/** Refuses a second call under a key: while the first runs, and for `endedKeepMs` after it ended. */
export function checkIdempotency(
  state: AccountState,
  { keyHash, idempotency }: AdmitCommand,
  { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">,
): Refusal | null {
  if (!idempotency) return null;
  const name = idempotencyName(keyHash, idempotency.keyHash);
  const running = state.runningIdempotency.get(name);
  if (running !== undefined) return refuse("idempotency_in_progress", { receipt_id: running }, limits.slotRetryMs);
  const used = state.usedIdempotency.get(name);
  if (used === undefined || isExpired(used, nowMs, limits.endedKeepMs)) return null;
  return refuse("idempotency_key_reused", { receipt_id: used.receiptId });
}

/**
 * Remembers the key of a call that has just ended, the oldest making room at the bound. What failed and cost nothing is
 * free to be tried again, unless nobody saw how it ended.
 */
export function useIdempotencyKey(
  state: AccountState,
  hold: Hold,
  receipt: Pick<Receipt, "outcome" | "cost_nano">,
  { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">,
): void {
  if (hold.idempotencyHash === null) return;
  const name = idempotencyName(hold.keyHash, hold.idempotencyHash);
  forget(state, name);
  if (receipt.outcome === "failed" && receipt.cost_nano === "0") return;
  for (const oldest of state.usedIdempotency.keys()) {
    if (state.usedIdempotency.size < limits.idempotencyKeysMax) break;
    forget(state, oldest);
  }
  state.usedIdempotency.set(name, { receiptId: hold.id, endedMs: nowMs });
  state.changes.idempotency.add(name);
}

/** Forgets at most `limit` keys whose calls ended too long ago, oldest first, and returns how many. */
export function forgetOldIdempotency(state: AccountState, nowMs: number, keepMs: number, limit: number): number {
  let forgotten = 0;
  for (const [name, used] of state.usedIdempotency) {
    if (forgotten === limit || !isExpired(used, nowMs, keepMs)) break;
    forget(state, name);
    forgotten += 1;
  }
  return forgotten;
}

function forget(state: AccountState, name: string): void {
  if (state.usedIdempotency.delete(name)) state.changes.idempotency.add(name);
}

function isExpired({ endedMs }: UsedIdempotencyKey, nowMs: number, keepMs: number): boolean {
  return nowMs - endedMs > keepMs;
}

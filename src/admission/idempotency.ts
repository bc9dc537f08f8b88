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

/**
 * Refuses a second call under a key: while the first runs, and for `endedKeepMs` after it ended. A new key is refused
 * where `idempotencyKeysMax` are remembered: forgetting one before its time would let its call be charged twice.
 */
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
  if (used !== undefined && !isExpired(used, nowMs, limits.endedKeepMs)) {
    return refuse("idempotency_key_reused", { receipt_id: used.receiptId });
  }
  const waitMs = roomInMs(state, { nowMs, limits });
  return waitMs === 0 ? null : refuse("idempotency_keys_exhausted", {}, waitMs);
}

/** How long until one more key fits, with those of running calls, which stay when they end. 0: it fits now. */
function roomInMs(state: AccountState, { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">): number {
  let excess = state.usedIdempotency.size + state.runningIdempotency.size + 1 - limits.idempotencyKeysMax;
  if (excess <= 0) return 0;
  for (const used of state.usedIdempotency.values()) {
    excess -= 1;
    if (excess > 0) continue;
    return isExpired(used, nowMs, limits.endedKeepMs) ? 0 : used.endedMs + limits.endedKeepMs + 1 - nowMs;
  }
  return limits.slotRetryMs;
}

/** Remembers the key of a call that has just ended. What gave no answer and cost nothing is free to be tried again. */
export function useIdempotencyKey(
  state: AccountState,
  hold: Hold,
  receipt: Pick<Receipt, "outcome" | "cost_nano">,
  { nowMs }: Pick<AdmissionContext, "nowMs">,
): void {
  if (hold.idempotencyHash === null) return;
  const name = idempotencyName(hold.keyHash, hold.idempotencyHash);
  forget(state, name);
  // Of an unobserved end nobody knows what it cost: its correction may still come.
  const mayRepeat = receipt.outcome !== "completed" && receipt.outcome !== "unobserved";
  if (mayRepeat && receipt.cost_nano === "0") return;
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

import { newId } from "#kernel";
import { blockedUntilMs, frozenCount, readyFlush } from "./flush-queue.ts";
import type { UsageFlush } from "./ledger-port.ts";
import type { FrozenFlush } from "./rows.ts";
import type { AccountState, AdmissionContext } from "./state.ts";

/**
 * The flush to send now: one that is frozen already, or a new one of the oldest rows that stand in none. Its id and rows
 * must be durable (`takeEffects`) before the first send. Null when nothing may be sent now: nothing waits, the ledger is
 * away, or as many rows as one flush holds wait for their next try after a refusal.
 */
export function freezeFlush(state: AccountState, context: AdmissionContext): FrozenFlush | null {
  const { nowMs, limits } = context;
  const ready = readyFlush(state.flushes, nowMs, limits);
  if (ready !== null || blockedUntilMs(state.flushes, nowMs, limits) !== null) return ready;
  const frozen = frozenCount(state.flushes);
  if (frozen >= limits.flushRowsMax || state.outboxWaiting <= frozen) return null;
  const taken = new Set(state.flushes.flatMap((flush) => flush.seqs));
  const head = context.rows.outboxHead(limits.flushRowsMax + frozen);
  const rows = head.filter((row) => !taken.has(row.seq)).slice(0, limits.flushRowsMax);
  if (rows.length === 0) return null;
  const flush = newFlush(
    rows.map((row) => row.seq),
    context,
  );
  state.flushes = [...state.flushes, flush];
  state.changes.flushes = true;
  return flush;
}

/** What is sent for a frozen flush. */
export function flushPayload(state: AccountState, flush: FrozenFlush, context: AdmissionContext): UsageFlush {
  if (state.organization === null) throw new Error("the outbox of an account without an organization is not empty");
  return {
    flushId: flush.id,
    orgId: state.organization.id,
    items: context.rows.outboxRows(flush.seqs).map((row) => row.item),
  };
}

export function newFlush(
  seqs: readonly number[],
  { nowMs, random }: Pick<AdmissionContext, "nowMs" | "random">,
): FrozenFlush {
  const id = newId("flush", { nowMs: () => nowMs }, random);
  return { id, seqs, unansweredTries: 0, refusedTries: 0, notBeforeMs: nowMs };
}

import { newId } from "#kernel";
import type { UsageFlush } from "./ledger-port.ts";
import type { FrozenFlush } from "./rows.ts";
import type { AccountState, AdmissionContext } from "./state.ts";

/**
 * The flush to send now: the one that is frozen already, or a new one of the oldest waiting rows. Its id and rows must be
 * durable (`takeEffects`) before the first send. Null when nothing waits, or the frozen one waits for its next try.
 */
export function freezeFlush(state: AccountState, context: AdmissionContext): FrozenFlush | null {
  const [current] = state.flushes;
  if (current !== undefined) return current.notBeforeMs <= context.nowMs ? current : null;
  if (state.outboxWaiting === 0) return null;
  const rows = context.rows.outboxHead(context.limits.flushRowsMax);
  if (rows.length === 0) return null;
  const flush = newFlush(
    rows.map((row) => row.seq),
    context,
  );
  state.flushes = [flush];
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

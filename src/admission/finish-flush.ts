import type { PostUsageResult } from "./ledger-port.ts";
import { newFlush } from "./freeze-flush.ts";
import type { FrozenFlush } from "./rows.ts";
import type { AccountState, AdmissionContext } from "./state.ts";

const RANDOM_BYTES = 2;
const RANDOM_SPAN = 65_536;
/** Doubling stops here; the wait has long reached its maximum. */
const DOUBLINGS_MAX = 20;
/** The ledger has this flush id with other rows: the id is spent, the rows are not to blame. */
const ID_IS_SPENT = "PR001";

/**
 * Takes the ledger's answer to a flush. Acknowledged rows leave the outbox. An unanswered flush is sent again, the same,
 * after a wait that doubles. A refused one is halved until the poison row is alone, which is set aside after
 * `poisonTriesMax` sends with waits between, while the rest goes on (trap G18). An answer to a flush that is not frozen
 * any more is stale.
 */
export function finishFlush(
  state: AccountState,
  flushId: string,
  result: PostUsageResult,
  context: AdmissionContext,
): void {
  const index = state.flushes.findIndex((flush) => flush.id === flushId);
  const current = state.flushes[index];
  if (current === undefined) return;
  state.changes.flushes = true;
  const replace = (by: readonly FrozenFlush[]): void => {
    state.flushes = state.flushes.toSpliced(index, 1, ...by);
  };
  if (result.ok) {
    replace([]);
    for (const seq of current.seqs) state.changes.outboxRemoved.add(seq);
    state.outboxWaiting -= current.seqs.length;
  } else if (result.reason === "unavailable") {
    const { unansweredTries } = current;
    const notBeforeMs = retryAtMs(unansweredTries, context);
    replace([{ ...current, unansweredTries: unansweredTries + 1, notBeforeMs }]);
  } else {
    replace(refused(state, current, result.sqlstate, context));
  }
}

function retryAtMs(triesBefore: number, { nowMs, random, limits }: AdmissionContext): number {
  const doublings = Math.min(triesBefore, DOUBLINGS_MAX);
  const waitMs = Math.min(limits.flushBackoffMs * 2 ** doublings, limits.flushBackoffMaxMs);
  // Half fixed, half random: objects that lost the same database do not all come back in one instant.
  return nowMs + Math.ceil(waitMs * (1 + fraction(random(RANDOM_BYTES))) * 0.5);
}

/** Nothing of a refused flush was applied, so its halves are new flushes under new ids. */
function refused(
  state: AccountState,
  flush: FrozenFlush,
  sqlstate: string,
  context: AdmissionContext,
): readonly FrozenFlush[] {
  if (flush.seqs.length > 1) {
    const middle = Math.ceil(flush.seqs.length / 2);
    return [newFlush(flush.seqs.slice(0, middle), context), newFlush(flush.seqs.slice(middle), context)];
  }
  const refusedTries = flush.refusedTries + 1;
  if (refusedTries < context.limits.poisonTriesMax) {
    const id = sqlstate === ID_IS_SPENT ? newFlush(flush.seqs, context).id : flush.id;
    return [{ ...flush, id, refusedTries, unansweredTries: 0, notBeforeMs: retryAtMs(flush.refusedTries, context) }];
  }
  setAside(state, flush, sqlstate, context);
  return [];
}

function setAside(state: AccountState, flush: FrozenFlush, sqlstate: string, { rows }: AdmissionContext): void {
  for (const row of rows.outboxRows(flush.seqs)) {
    state.changes.outbox.set(row.seq, { ...row, set_aside: sqlstate });
    state.outboxWaiting -= 1;
    state.outboxSetAside += 1;
  }
}

function fraction(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) / RANDOM_SPAN;
}

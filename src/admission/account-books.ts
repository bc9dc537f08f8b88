import { nanoFromText, nanoUsd, type NanoUsd } from "#kernel";
import type { AccountRows, EndedRow } from "./rows.ts";
import type { AccountState, AdmissionContext } from "./state.ts";
import { addTaken, NOTHING_TAKEN, takenBy, type TakenTotals } from "./taken.ts";
import type { AccountCounters } from "./types.ts";

/** Rows of the outbox that are added up for one answer: beyond them the ledger is so far behind that nothing is compared. */
const WAITING_ROWS_MAX = 5_000;

/** What a reconciliation asks of an account. */
export interface BooksQuestion {
  /** Credits and adjustments of which it is not known whether they were applied. */
  readonly entryIds: readonly string[];
}

/** An account's own books at one instant, for comparison with the ledger's (docs/reconcile.md). */
export interface AccountBooks {
  readonly orgId: string | null;
  readonly balanceNano: NanoUsd;
  /** Credits and adjustments that were applied. */
  readonly entries: { readonly count: number; readonly sumNano: NanoUsd };
  /** Those that were asked about and are applied. */
  readonly appliedIds: readonly string[];
  /** All that was ever taken; what of it the ledger has not acknowledged, and null where that is too much to add up. */
  readonly taken: TakenTotals;
  readonly waiting: TakenTotals | null;
  /** Flushes under way: the ledger may have them already. */
  readonly frozen: readonly { readonly flushId: string; readonly takenNano: NanoUsd }[];
  readonly setAside: number;
  readonly settlementLagMs: number;
  readonly counters: AccountCounters;
}

/** Ended calls in the order they ended: a page of a range of time, or those of some ids. */
export type EndedQuestion =
  | { readonly fromMs: number; readonly toMs: number; readonly after: number; readonly limit: number }
  | { readonly ids: readonly string[] };

/** What the account remembers of an ended call. */
export interface EndedCall {
  readonly id: string;
  /** What it was charged as it ended; null where that was not remembered yet. */
  readonly costNano: NanoUsd | null;
  /** Its receipt is still in the outbox. */
  readonly isWaiting: boolean;
}

export interface EndedCalls {
  readonly calls: readonly EndedCall[];
  /** Where the next page begins; null after the last. */
  readonly next: number | null;
}

/** The account's books. Reads committed rows. */
export function accountBooks(
  state: AccountState,
  { entryIds }: BooksQuestion,
  { nowMs, rows }: Pick<AdmissionContext, "nowMs" | "rows">,
): AccountBooks {
  const [oldest] = state.outboxWaiting === 0 ? [] : rows.outboxHead(1);
  return {
    orgId: state.organization?.id ?? null,
    balanceNano: state.balanceNano,
    entries: { count: state.credits.size, sumNano: sumOf([...state.credits.values()]) },
    appliedIds: entryIds.filter((id) => state.credits.has(id)),
    taken: state.taken,
    waiting: waitingTotals(state, rows),
    frozen: state.flushes.map(({ id, seqs }) => ({
      flushId: id,
      takenNano: sumOf(rows.outboxRows(seqs).map(({ item }) => takenBy(item))),
    })),
    setAside: state.outboxSetAside,
    settlementLagMs: oldest === undefined ? 0 : Math.max(0, nowMs - oldest.enqueued_at_ms),
    counters: state.counters,
  };
}

/** What the account remembers of ended calls; leases that ended are none. Reads committed rows. */
export function endedCalls(rows: AccountRows, question: EndedQuestion): EndedCalls {
  const { ended, next } =
    "ids" in question
      ? { ended: question.ids.flatMap((id) => rows.findEnded(id) ?? []), next: null }
      : rows.endedPage(question);
  const calls = ended.filter(({ id }) => id.startsWith("gen_"));
  const waiting = rows.waitingIds(calls.map(({ id }) => id));
  return { calls: calls.map((row) => endedCall(row, waiting)), next };
}

function endedCall({ id, cost_nano }: EndedRow, waiting: ReadonlySet<string>): EndedCall {
  return { id, costNano: cost_nano === undefined ? null : nanoFromText(cost_nano), isWaiting: waiting.has(id) };
}

function waitingTotals(state: AccountState, rows: AccountRows): TakenTotals | null {
  if (state.outboxWaiting + state.outboxSetAside > WAITING_ROWS_MAX) return null;
  const waiting = [...rows.outboxHead(WAITING_ROWS_MAX), ...rows.outboxSetAside(WAITING_ROWS_MAX)];
  return waiting.reduce((totals, { item }) => addTaken(totals, item), NOTHING_TAKEN);
}

const sumOf = (amounts: readonly NanoUsd[]): NanoUsd => nanoUsd(amounts.reduce((sum, amount) => sum + amount, 0n));

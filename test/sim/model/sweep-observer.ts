import type { AccountState } from "#admission";
import { ensure } from "../engine/violation.ts";
import type { Books } from "./books.ts";
import type { Instant } from "./true-records.ts";

/** Runs a sweep, and answers with what it ended: ids of holds and leases. */
export function watchSweep<Result>(
  state: AccountState,
  run: () => Result,
): { readonly result: Result; readonly gone: Gone } {
  const holds = [...state.holds.keys()];
  const leases = [...state.leases.keys()];
  const result = run();
  return {
    result,
    gone: {
      holds: holds.filter((id) => !state.holds.has(id)),
      leases: leases.filter((id) => !state.leases.has(id)),
    },
  };
}

export interface Gone {
  readonly holds: readonly string[];
  readonly leases: readonly string[];
}

/** Reads a sweep into the books: a checkpoint is charged, what nobody told of is not. */
export function observeSweep(books: Books, { holds, leases }: Gone, swept: number, now: Instant): void {
  const overdue = ({ deadlineMs }: { readonly deadlineMs: number }) => deadlineMs <= now.accountMs;
  const dueCalls = [...books.openCalls.values()].filter(overdue);
  const dueLeases = [...books.openLeases.values()].filter(overdue);
  const calls = dueCalls.filter(({ draft }) => holds.includes(draft.id));
  const lost = dueLeases.filter(({ id }) => leases.includes(id));
  const due = dueCalls.length + dueLeases.length;
  const figures = () => ({ swept, due, holds, leases, calls: calls.length, lost: lost.length });
  const isDue = calls.length === holds.length && lost.length === leases.length;
  ensure(isDue, "once", "a sweep ended what was not due", figures);
  const isAll = swept === Math.min(due, books.limits.sweepStepMax) && swept === calls.length + lost.length;
  ensure(isAll, "once", "a sweep left what was due", figures);
  for (const call of calls) {
    const { costNano, upstreamNano } = call.checkpoint ?? { costNano: 0n, upstreamNano: 0n };
    books.end(call, "swept", { costNano, upstreamNano, tokens: null, capNano: null, mayRepeat: false }, now);
  }
  for (const lease of lost) books.close(lease, "lost");
}

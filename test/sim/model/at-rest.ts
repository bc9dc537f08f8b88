import { ensure } from "../engine/violation.ts";
import type { Stage } from "../stage.ts";
import { idOf } from "./outbox-observer.ts";

/**
 * Invariants 3 and 4 once everything has ended and the ledger has taken all: nothing is open, and all sums are one.
 * `everybodySpoke`: each isolate that lives has been called since, so that it had the occasion to tell what it had to.
 */
export function checkAtRest({ host, books, outbox, ledger, control, isolates }: Stage, everybodySpoke: boolean): void {
  host.recount();
  const { state } = host;
  const open = {
    holds: state.holds.size,
    leases: state.leases.size,
    heldNano: state.heldNano,
    leasedNano: state.leasedNano,
    leasedSlots: state.leasedSlots,
    openHolds: [...state.keys.values()].reduce((sum, key) => sum + key.openHolds + key.leased.slots, 0),
    waiting: state.outboxWaiting,
    setAside: state.outboxSetAside,
    flushes: state.flushes.length,
    eventsOnTheirWay: control.waiting,
  };
  const isQuiet = Object.values(open).every((value) => value === 0 || value === 0n);
  ensure(isQuiet, "liveness", "something never came to an end", () => open);
  const sums = {
    spent: books.costNano + books.expiredNano,
    receipts: outbox.sumNano,
    debits: books.creditNano - state.balanceNano,
    postings: ledger.sumNano,
  };
  ensure(new Set(Object.values(sums)).size === 1, "receipts", "receipts, debits and postings differ", () => sums);
  const unposted = [...outbox.items.values()].filter((item) => !ledger.posted.has(idOf(item))).map(idOf);
  ensure(unposted.length === 0, "receipts", "rows that never reached the ledger", () => ({ unposted }));
  checkCalls(books, new Set(everybodySpoke ? isolates.map(({ name }) => name) : []));
}

function checkCalls({ calls }: Stage["books"], speakers: ReadonlySet<string>): void {
  for (const call of calls.values()) {
    const { draft, state, receipts, owed, isOrphan, lease, isolate } = call;
    const figures = () => ({
      id: draft.id,
      state,
      receipts,
      owed,
      isOrphan,
      isolate,
      lease: lease?.id,
      end: lease?.state,
    });
    if (state === "untold") {
      // The one exception: its isolate admitted it from a lease and died before anybody was told, and the lease is lost.
      const isLost = lease?.state === "lost" && receipts === 0 && call.costNano === 0n;
      const isException = isLost && isOrphan && !speakers.has(isolate);
      ensure(isException, "receipts", "an admitted call has no receipt, and was not lost with its isolate", figures);
    } else {
      const isEnded = state !== "open" && receipts === 1 && owed.length === 0;
      ensure(isEnded, "receipts", "a call that has not exactly one receipt", figures);
    }
  }
}

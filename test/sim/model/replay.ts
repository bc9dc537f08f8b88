import { isDeepStrictEqual } from "node:util";
import type { AccountState } from "#admission";
import type { Verb } from "../actors/account-instance.ts";
import { Violation } from "../engine/violation.ts";

/**
 * A command that is run twice at once: the second time must change nothing (invariant 5). A violation is told and not
 * thrown: whoever runs the verb would take it for a fault of the account.
 */
export function replayed<Result>(verb: Verb<Result>, fail: (violation: unknown) => void): Verb<Result> {
  return (state, context) => {
    const result = verb(state, context);
    const before = figuresOf(state);
    const again = verb(state, context);
    const after = figuresOf(state);
    if (!isDeepStrictEqual(before, after)) {
      fail(new Violation("replay", "a command repeated at once changed something", { before, after, result, again }));
    }
    return result;
  };
}

function figuresOf(state: AccountState) {
  const { balanceNano, heldNano, leasedNano, leasedSlots, counters, nextOutboxSeq, outboxWaiting } = state;
  return {
    sums: [balanceNano, heldNano, leasedNano, leasedSlots, nextOutboxSeq, outboxWaiting],
    sizes: [state.holds.size, state.leases.size, state.changes.ended.size, state.usedIdempotency.size],
    counters,
    keys: [...state.keys.values()].map((key) => ({
      openHolds: key.openHolds,
      leased: key.leased,
      held: [...key.heldNano],
      buckets: [...key.buckets],
      spend: [...key.spend],
    })),
  };
}

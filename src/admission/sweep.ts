import type { ReceiptEnd } from "#kernel";
import { endHold } from "./end-hold.ts";
import { expireCredit } from "./lots.ts";
import { closeLease } from "./return-lease.ts";
import type { AccountState, AdmissionContext, Hold } from "./state.ts";

/** No caller is known to have seen a status. */
const NO_STATUS = 0;

/**
 * Lets go of credit whose time is over, and ends the holds that nobody ended by their deadline, and the leases that nobody returned, at most `sweepStepMax` of
 * them, and returns how many. A hold with a checkpoint is charged what was reported, as `estimated`; one without is
 * charged nothing, as `unobserved`. Of a lost lease nobody knows what it admitted last: it is counted, and charges nothing.
 */
export function sweep(state: AccountState, context: AdmissionContext): number {
  const { nowMs, limits } = context;
  expireCredit(state, context);
  let swept = 0;
  for (const hold of state.holds.values()) {
    if (hold.deadlineMs > nowMs) continue;
    if (swept === limits.sweepStepMax) break;
    endHold(state, hold, { end: sweptEnd(hold) }, "swept", context);
    swept += 1;
  }
  for (const lease of state.leases.values()) {
    if (lease.deadlineMs > nowMs) continue;
    if (swept === limits.sweepStepMax) break;
    closeLease(state, lease, context);
    state.counters = { ...state.counters, leasesLost: (state.counters.leasesLost ?? 0) + 1 };
    state.changes.wallet = true;
    swept += 1;
  }
  return swept;
}

function sweptEnd(hold: Hold): ReceiptEnd {
  const measure = hold.checkpoint ?? {
    provider: null,
    endpoint: null,
    units: {},
    cost_nano: "0",
    upstream_cost_nano: "0",
    attempts: [],
  };
  return {
    ...measure,
    kind: hold.checkpoint === null ? "unobserved" : "estimated",
    outcome: "unobserved",
    status: NO_STATUS,
    error_code: null,
    first_byte_ms: null,
    // The longest that it may have run; nobody knows when it stopped.
    duration_ms: hold.deadlineMs - hold.admittedMs,
    flags: [],
  };
}

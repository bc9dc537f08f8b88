import { AppError } from "#kernel";
import { adoptCall } from "./adopt-call.ts";
import { costOf } from "./end-hold.ts";
import type { AccountState, AdmissionContext } from "./state.ts";
import type { CheckpointCommand } from "./types.ts";

/**
 * Records what running calls used so far, so that a crash charges what was reported. An id without an open hold is
 * ignored (the call has ended), and a report that costs less than the last one is late and ignored too.
 * Throws `internal_error`, before any change, on a malformed amount.
 */
export function checkpoint(
  state: AccountState,
  commands: readonly CheckpointCommand[],
  context: AdmissionContext,
): void {
  for (const { measure } of commands) assertAmounts(measure);
  for (const { id, measure, leased } of commands) {
    if (leased) adoptCall(state, leased, context);
    const hold = state.holds.get(id);
    if (hold === undefined) continue;
    if (hold.checkpoint !== null && costOf(measure.cost_nano) < costOf(hold.checkpoint.cost_nano)) continue;
    hold.checkpoint = measure;
    state.changes.holds.add(id);
  }
}

/** Throws `internal_error` when an amount is not a whole number or is negative. */
export function assertAmounts(measure: CheckpointCommand["measure"]): void {
  try {
    costOf(measure.cost_nano);
    costOf(measure.upstream_cost_nano);
  } catch (cause) {
    throw new AppError("internal_error", { cause });
  }
}

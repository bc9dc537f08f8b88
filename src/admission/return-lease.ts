import { adoptCall } from "./adopt-call.ts";
import type { ReturnCommand } from "./lease-types.ts";
import { secondOf } from "./second-of.ts";
import { findEnded, keyOf, type AccountState, type AdmissionContext, type LeaseState } from "./state.ts";
import { removeLease } from "./hold-sums.ts";
import { countUse } from "./window.ts";

/**
 * Ends a lease: its running calls become holds, and what is left of it is everybody's again. Repeating it changes
 * nothing, and a lease that comes to be asked for only after its return is not given any more.
 */
export function returnLease(state: AccountState, { leaseId, calls }: ReturnCommand, context: AdmissionContext): void {
  for (const call of calls) adoptCall(state, call, context);
  const lease = state.leases.get(leaseId);
  if (lease !== undefined) closeLease(state, lease, context);
  else if (findEnded(state, leaseId, context.rows) === null) remember(state, leaseId, context.nowMs);
}

export function closeLease(state: AccountState, lease: LeaseState, { nowMs }: Pick<AdmissionContext, "nowMs">): void {
  const key = keyOf(state, lease.keyHash);
  removeLease(state, key, lease);
  state.changes.leases.add(lease.id);
  const unused = { requests: -lease.requests, tokens: -lease.tokens };
  countUse(state, key, secondOf(lease.expiresMs), unused, nowMs);
  remember(state, lease.id, nowMs);
}

function remember(state: AccountState, id: string, nowMs: number): void {
  state.changes.ended.set(id, { id, ended_at_ms: nowMs, swept: null });
}

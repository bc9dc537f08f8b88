import { checkKey } from "./check-key.ts";
import { describeLease, grantLease } from "./grant-lease.ts";
import type { Lease, LeaseCommand } from "./lease-types.ts";
import type { AccountState, AdmissionContext } from "./state.ts";

/**
 * Gives a lease ahead of the calls that it is for, as far as the key is usable at all and every scope allows. Null: no
 * lease, and the next call asks for itself; what stands against it is told to that one.
 */
export function leaseOnly(state: AccountState, command: LeaseCommand, context: AdmissionContext): Lease | null {
  const { keyHash, mode, wish } = command;
  const check = checkKey(state, { keyHash, mode }, context.nowMs);
  if (!check.ok || state.organization?.status !== "active") return null;
  // A wish that arrives twice gets one lease, and the same answer both times: either of them may be the one that is heard.
  return describeLease(state, check.key, wish.id, context.nowMs) ?? grantLease(state, check.key, wish, context);
}

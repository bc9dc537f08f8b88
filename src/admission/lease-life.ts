import type { AccountState, AdmissionContext, KeyState } from "./state.ts";
import { periodEndsMs } from "./period-key.ts";

/**
 * When a lease of the key given now ends, epoch ms: its calls must belong to the periods of now, and the key be valid.
 * Null where that is too soon to be of use.
 */
export function leaseEndsMs(
  { organization }: AccountState,
  key: KeyState,
  { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">,
): number | null {
  const { expiresAtMs } = key.record;
  const dayEndsMs = periodEndsMs(nowMs, organization?.timeZone);
  const endsMs = Math.min(nowMs + limits.leaseLifeMs, dayEndsMs, expiresAtMs ?? Infinity);
  return endsMs - nowMs < Math.min(limits.leaseLifeMinMs, limits.leaseLifeMs) ? null : endsMs;
}

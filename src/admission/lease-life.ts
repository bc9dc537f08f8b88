import type { AdmissionContext, KeyState } from "./state.ts";
import { periodEndsMs } from "./period-key.ts";

/**
 * When a lease of the key given now ends, epoch ms: its calls must belong to the periods of now, and the key be valid.
 * Null where that is too soon to be of use.
 */
export function leaseEndsMs(
  key: KeyState,
  { nowMs, limits }: Pick<AdmissionContext, "nowMs" | "limits">,
): number | null {
  const { expiresAtMs } = key.record;
  const endsMs = Math.min(nowMs + limits.leaseLifeMs, periodEndsMs(nowMs), expiresAtMs ?? Infinity);
  return endsMs - nowMs < Math.min(limits.leaseLifeMinMs, limits.leaseLifeMs) ? null : endsMs;
}

import type { Admission, AdmitCommand } from "#admission";
import type { Instant, TrueCall } from "./true-records.ts";

type Where = Pick<TrueCall, "isolate" | "lease" | "state" | "deadlineMs" | "periods" | "scopes">;

/** A call that was just admitted, in whose hands it is. */
export function makeCall(
  { draft, keyHash, maxCostNano, idempotency }: AdmitCommand,
  { heldNano, tokens }: Pick<Admission, "heldNano" | "tokens">,
  where: Where,
  { trueMs }: Instant,
): TrueCall {
  return {
    ...where,
    draft,
    keyHash,
    admittedMs: trueMs,
    maxCostNano,
    idempotencyHash: idempotency?.keyHash ?? null,
    boundTokens: tokens,
    tokens,
    heldNano,
    isLate: false,
    checkpoint: null,
    costNano: 0n,
    upstreamNano: 0n,
    endedMs: 0,
    owed: [],
    receipts: 0,
    isOrphan: false,
  };
}

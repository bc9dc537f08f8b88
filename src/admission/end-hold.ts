import { nanoFromText, type NanoUsd, type Receipt, type ReceiptEnd, type UsageUnit } from "#kernel";
import { raiseAlerts } from "./alerts.ts";
import { billableEnd, withFlag } from "./billable-end.ts";
import { addSpend } from "./budget.ts";
import { useIdempotencyKey } from "./idempotency.ts";
import { debit } from "./lots.ts";
import { keyOf, type AccountState, type AdmissionContext, type Hold } from "./state.ts";
import { enqueue } from "./outbox.ts";
import { removeHold } from "./hold-sums.ts";
import type { SettleCommand } from "./types.ts";
import { countUse } from "./window.ts";

/** The units that count against tokens per minute. */
const TOKEN_UNITS: readonly UsageUnit[] = [
  "input",
  "cached_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "audio_in",
  "audio_cached_read",
  "audio_out",
  "image_in",
  "image_out",
];

/**
 * Ends a hold, the only way one ends: frees what it held, debits the wallet and the budgets by the real cost, and writes
 * its one receipt to the outbox. More than the hold is posted all the same, flagged and counted (trap G8); more than the
 * caller allowed at most is not.
 */
export function endHold(
  state: AccountState,
  hold: Hold,
  { end, capNano = null }: Pick<SettleCommand, "end" | "capNano">,
  how: "settled" | "swept",
  context: Pick<AdmissionContext, "nowMs" | "limits" | "random">,
): void {
  const { nowMs } = context;
  const key = keyOf(state, hold.keyHash);
  const billed = billableEnd(end, [hold.maxCostNano, capNano]);
  // What the caller's own maximum cut is told by that; what was never held is late, not over.
  const isOverHold = costOf(capNano === null ? end.cost_nano : billed.cost_nano) > hold.heldNano && !hold.isLate;
  const costNano = costOf(billed.cost_nano);
  const flagged = hold.isLate ? withFlag(billed, "late") : billed;
  const receipt = makeReceipt(state, hold, key.record.id, isOverHold ? withFlag(flagged, "over_hold") : flagged);

  removeHold(state, key, hold);
  state.changes.holds.add(hold.id);
  debit(state, costNano);
  const booking = { key, scopes: hold.scopes, periods: hold.periods };
  addSpend(state, booking, costNano);
  raiseAlerts(state, booking, context);
  // Nobody saw how much a swept call used, so its bound keeps counting.
  if (how === "settled") {
    const tokens = tokensOf(end) - hold.tokens;
    countUse(state, key, hold.windowSecond, { requests: 0, tokens }, nowMs);
  }
  state.counters = {
    ...state.counters,
    [how]: state.counters[how] + 1,
    overHold: state.counters.overHold + (isOverHold ? 1 : 0),
  };
  state.changes.ended.set(hold.id, {
    id: hold.id,
    ended_at_ms: nowMs,
    cost_nano: receipt.cost_nano,
    swept:
      how === "settled"
        ? null
        : {
            key_hash: hold.keyHash,
            periods: hold.periods,
            scopes: hold.scopes,
            occurred_at: receipt.occurred_at,
            cost_nano: receipt.cost_nano,
            upstream_cost_nano: receipt.upstream_cost_nano,
            max_cost_nano: hold.maxCostNano?.toString() ?? null,
            corrected: false,
          },
  });
  useIdempotencyKey(state, hold, receipt, context);
  enqueue(state, { type: "receipt", receipt }, nowMs);
}

/** Reads a cost. Throws RangeError on anything but a non-negative integer: usage never credits a wallet. */
export function costOf(text: string): NanoUsd {
  const costNano = nanoFromText(text);
  if (costNano < 0n) throw new RangeError("a negative cost");
  return costNano;
}

function makeReceipt(state: AccountState, hold: Hold, keyId: string, end: ReceiptEnd): Receipt {
  if (state.organization === null) throw new Error("a hold is open in an account without an organization");
  return {
    ...hold.draft,
    ...end,
    org_id: state.organization.id,
    key_id: keyId,
    held_nano: hold.heldNano.toString(),
  };
}

function tokensOf(end: ReceiptEnd): number {
  return TOKEN_UNITS.reduce((sum, unit) => sum + (end.units[unit] ?? 0), 0);
}

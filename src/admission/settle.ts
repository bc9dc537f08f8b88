import { nanoFromText, nanoUsd, newId, type ReceiptCorrection } from "#kernel";
import { adoptCall } from "./adopt-call.ts";
import { raiseAlerts } from "./alerts.ts";
import { billableEnd, withFlag } from "./billable-end.ts";
import { addSpend } from "./budget.ts";
import { assertAmounts } from "./checkpoint.ts";
import { costOf, endHold } from "./end-hold.ts";
import { debit } from "./lots.ts";
import type { EndedRow } from "./rows.ts";
import { findEnded, type AccountState, type AdmissionContext } from "./state.ts";
import { enqueue } from "./outbox.ts";
import type { SettleCommand, SettleResult } from "./types.ts";

/**
 * Ends calls with their measured or estimated figures, one result per command in order. A repeat changes nothing; a
 * settle after the sweep posts the difference once. A call that never ran is settled with a failed end at cost 0.
 * Throws `internal_error`, before any change, on a malformed amount.
 */
export function settle(
  state: AccountState,
  commands: readonly SettleCommand[],
  context: AdmissionContext,
): readonly SettleResult[] {
  for (const { end } of commands) assertAmounts(end);
  return commands.map((command) => settleOne(state, command, context));
}

function settleOne(state: AccountState, command: SettleCommand, context: AdmissionContext): SettleResult {
  if (command.leased) adoptCall(state, command.leased, context);
  const hold = state.holds.get(command.id);
  if (hold !== undefined) {
    endHold(state, hold, command, "settled", context);
    return "settled";
  }
  const ended = findEnded(state, command.id, context.rows);
  if (ended === null) return "unknown";
  if (ended.swept === null || ended.swept.corrected) return "repeated";
  if (context.nowMs - ended.ended_at_ms > context.limits.endedKeepMs) return "unknown";
  correctSwept(state, ended, ended.swept, command, context);
  return "corrected";
}

function correctSwept(
  state: AccountState,
  ended: EndedRow,
  swept: NonNullable<EndedRow["swept"]>,
  { id, end: sent, capNano = null }: SettleCommand,
  { nowMs, random }: AdmissionContext,
): void {
  const maxCostNano = swept.max_cost_nano === null ? null : nanoFromText(swept.max_cost_nano);
  const end = billableEnd(sent, [maxCostNano, capNano]);
  const deltaNano = nanoUsd(costOf(end.cost_nano) - nanoFromText(swept.cost_nano));
  const upstreamDelta = nanoFromText(end.upstream_cost_nano) - nanoFromText(swept.upstream_cost_nano);
  const correction: ReceiptCorrection = {
    id: newId("correction", { nowMs: () => nowMs }, random),
    occurred_at: new Date(nowMs).toISOString(),
    receipt_id: id,
    receipt_occurred_at: swept.occurred_at,
    org_id: state.organization?.id ?? "",
    cost_delta_nano: deltaNano.toString(),
    upstream_cost_delta_nano: upstreamDelta.toString(),
    end: withFlag(end, "late"),
  };
  debit(state, deltaNano);
  const key = state.keys.get(swept.key_hash);
  // A key that was dropped since has no budget left to count into; the wallet pays all the same.
  if (key !== undefined) {
    const booking = { key, scopes: swept.scopes ?? [], periods: swept.periods };
    addSpend(state, booking, deltaNano);
    raiseAlerts(state, booking, { nowMs, random });
  }
  state.counters = { ...state.counters, corrected: state.counters.corrected + 1 };
  state.changes.ended.set(id, { ...ended, swept: { ...swept, corrected: true } });
  enqueue(state, { type: "correction", correction }, nowMs);
}

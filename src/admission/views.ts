import { nanoUsd } from "#kernel";
import { budgetUse, currentPeriods } from "./budget.ts";
import type { AccountRows } from "./rows.ts";
import type { AccountState, AdmissionContext, KeyState } from "./state.ts";
import type { AccountStatus, CreditsView, KeyUsage, WaitingReceipt } from "./types.ts";
import type { BudgetPeriod } from "./control-types.ts";
import { limitStates } from "./window.ts";

/** A key's limits and what is used of them now. */
export function keyUsage(state: AccountState, key: KeyState, nowMs: number): KeyUsage {
  const { mode, scopes, models, expiresAtMs, concurrency, budget } = key.record;
  return {
    mode,
    scopes,
    models,
    expiresAtMs,
    limits: limitStates(key, nowMs),
    concurrency: { limit: concurrency, used: key.openHolds },
    budget: budget === null ? null : { ...budget, ...budgetView(state, key, budget.period, nowMs) },
  };
}

function budgetView(state: AccountState, key: KeyState, period: BudgetPeriod, nowMs: number) {
  const use = budgetUse(key, period, currentPeriods(state, key, nowMs)[period]);
  return { spentNano: use.spentNano, heldNano: use.heldNano, reservedNano: use.leasedNano };
}

/** The organization's wallet. */
export function creditsView(state: AccountState): CreditsView {
  const { balanceNano, heldNano, leasedNano } = state;
  const availableNano = nanoUsd(balanceNano - heldNano - leasedNano);
  return { balanceNano, heldNano, reservedNano: leasedNano, availableNano };
}

/** What of a receipt has not reached the ledger, rows that it refused included. Reads committed rows. */
export function waitingReceipt(rows: AccountRows, id: string): WaitingReceipt {
  const item = rows.findOutbox(id)?.item;
  return {
    receipt: item?.type === "receipt" ? item.receipt : null,
    corrections: rows
      .findCorrections(id)
      .flatMap((row) => (row.item.type === "correction" ? [row.item.correction] : [])),
  };
}

/** How the account stands, for operators. Reads one committed outbox row for the settlement lag. */
export function accountStatus(state: AccountState, { nowMs, rows }: AdmissionContext): AccountStatus {
  const [oldest] = state.outboxWaiting === 0 ? [] : rows.outboxHead(1);
  return {
    ...creditsView(state),
    orgId: state.organization?.id ?? null,
    openHolds: state.holds.size,
    openLeases: state.leases.size,
    outboxLength: state.outboxWaiting,
    settlementLagMs: oldest === undefined ? 0 : Math.max(0, nowMs - oldest.enqueued_at_ms),
    poisonRows: state.outboxSetAside,
    counters: state.counters,
  };
}

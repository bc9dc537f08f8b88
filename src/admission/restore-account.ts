import { nanoFromText, nanoUsd, type NanoUsd } from "#kernel";
import { NOTHING_TAKEN } from "./taken.ts";
import { PAID_PRIORITY } from "./lots.ts";
import { BUDGET_PERIODS } from "./period-key.ts";
import {
  type HoldRow,
  type KeyRow,
  type KindSpend,
  type LeaseRow,
  type MetaRow,
  type ScopeRow,
  type StoredLot,
  type StoredRows,
} from "./rows.ts";
import { decodeKeyRecord } from "./encode-rows.ts";
import { secondOf } from "./second-of.ts";
import {
  createAccountState,
  createKeyState,
  keyOf,
  noChanges,
  sharedScope,
  type AccountState,
  type BudgetScope,
} from "./state.ts";
import { insertHold, insertLease } from "./hold-sums.ts";

type WalletRow = Extract<MetaRow, { name: "wallet" }>;

/** Rebuilds the account from its durable rows: the same state that wrote them, derived sums included. */
export function restoreAccount(rows: StoredRows): AccountState {
  const state = createAccountState();
  for (const row of rows.credits) state.credits.set(row.entry_id, nanoFromText(row.amount_nano));
  for (const row of rows.meta) restoreMeta(state, row);
  for (const row of rows.keyRecords) restoreKey(state, row);
  for (const row of rows.scopes) restoreScope(state, row);
  for (const { hash } of rows.retiredKeys) state.retiredKeys.add(hash);
  for (const { provider, version, sealed_key: key } of rows.providerKeys) {
    state.providerKeys.set(provider, { version, key });
  }
  for (const row of rows.idempotency) {
    state.usedIdempotency.set(row.name, { receiptId: row.receipt_id, endedMs: row.ended_at_ms });
  }
  for (const row of rows.keyWindows) {
    keyOf(state, row.key_hash).buckets.set(row.second, { requests: row.requests, tokens: row.tokens });
  }
  for (const row of rows.holds) restoreHold(state, row);
  for (const row of rows.leases) restoreLease(state, row);
  state.outboxWaiting = rows.outboxWaiting;
  state.outboxSetAside = rows.outboxSetAside;
  // Everything came from the rows: nothing is to be written.
  state.changes = noChanges();
  return state;
}

function restoreMeta(state: AccountState, row: MetaRow): void {
  switch (row.name) {
    case "organization":
      state.organization = row.organization;
      state.organizationVersion = row.version;
      return;
    case "wallet":
      restoreWallet(state, nanoFromText(row.balance_nano), row.lots);
      restoreTaken(state, row.taken);
      state.nextOutboxSeq = row.next_outbox_seq;
      state.counters = row.counters;
      return;
    case "flushes":
      state.flushes = row.queue;
  }
}

function restoreWallet(state: AccountState, balanceNano: NanoUsd, lots: readonly StoredLot[] | undefined): void {
  state.balanceNano = balanceNano;
  const whole = { priority: PAID_PRIORITY, expires_at_ms: null, remaining_nano: balanceNano.toString() };
  state.lots = (lots ?? (balanceNano > 0n ? [whole] : [])).map((lot) => ({
    priority: lot.priority,
    expiresMs: lot.expires_at_ms,
    remainingNano: nanoFromText(lot.remaining_nano),
  }));
  const creditNano = state.lots.reduce((sum, { remainingNano }) => sum + remainingNano, 0n);
  state.debtNano = nanoUsd(creditNano - balanceNano);
}

/** Whatever took it before anybody counted, receipts did. */
function restoreTaken(state: AccountState, taken: WalletRow["taken"]): void {
  const creditNano = [...state.credits.values()].reduce((sum, amountNano) => sum + amountNano, 0n);
  state.taken =
    taken === undefined
      ? { ...NOTHING_TAKEN, receiptsNano: nanoUsd(creditNano - state.balanceNano) }
      : {
          receiptsNano: nanoFromText(taken.receipts_nano),
          correctionsNano: nanoFromText(taken.corrections_nano),
          expiriesNano: nanoFromText(taken.expiries_nano),
        };
}

function restoreKey(state: AccountState, row: KeyRow): void {
  const key = createKeyState(decodeKeyRecord(row), row.version);
  key.revokedAtMs = row.revoked_at_ms;
  // The spends were written in the order of BUDGET_PERIODS, all of them or none.
  for (const [index, spend] of row.spend.entries()) {
    const period = BUDGET_PERIODS[index];
    if (period !== undefined) {
      key.spend.set(period, { period: spend.period, spentNano: nanoFromText(spend.spent_nano) });
    }
  }
  restoreSpends(key.previousSpend, row.previous_spend ?? []);
  restoreAlerts(key, row.alerted ?? []);
  state.keys.set(row.hash, key);
}

function restoreScope(state: AccountState, row: ScopeRow): void {
  const scope = sharedScope(state, row.name);
  scope.version = row.version;
  scope.limits = row.limits.map(({ limit_nano, period }) => ({ limitNano: nanoFromText(limit_nano), period }));
  restoreSpends(scope.spend, row.spend);
  restoreSpends(scope.previousSpend, row.previous_spend);
  restoreAlerts(scope, row.alerted);
}

function restoreSpends(spends: BudgetScope["spend"], rows: readonly KindSpend[]): void {
  for (const { kind, period, spent_nano } of rows) spends.set(kind, { period, spentNano: nanoFromText(spent_nano) });
}

function restoreAlerts({ alerted }: BudgetScope, rows: ScopeRow["alerted"]): void {
  for (const { kind, period, percent } of rows) alerted.set(kind, { period, percent });
}

function restoreHold(state: AccountState, row: HoldRow): void {
  insertHold(state, keyOf(state, row.key_hash), {
    id: row.id,
    keyHash: row.key_hash,
    heldNano: nanoFromText(row.held_nano),
    maxCostNano: row.max_cost_nano === null ? null : nanoFromText(row.max_cost_nano),
    tokens: row.tokens,
    outputTokens: row.output_tokens,
    admittedMs: row.admitted_at_ms,
    deadlineMs: row.deadline_at_ms,
    windowSecond: row.window_second ?? secondOf(row.admitted_at_ms),
    isLate: row.is_late ?? false,
    periods: row.periods,
    scopes: row.scopes ?? [],
    idempotencyHash: row.idempotency_hash ?? null,
    draft: row.draft,
    checkpoint: row.checkpoint,
  });
}

function restoreLease(state: AccountState, row: LeaseRow): void {
  insertLease(state, keyOf(state, row.key_hash), {
    id: row.id,
    keyHash: row.key_hash,
    nano: nanoFromText(row.nano),
    requests: row.requests,
    tokens: row.tokens,
    slots: row.slots,
    expiresMs: row.expires_at_ms,
    deadlineMs: row.deadline_at_ms,
    periods: row.periods,
    scopes: row.scopes,
  });
}

import { nanoFromText } from "#kernel";
import { BUDGET_PERIODS } from "./period-key.ts";
import { decodeKeyRecord, type HoldRow, type KeyRow, type LeaseRow, type MetaRow, type StoredRows } from "./rows.ts";
import { secondOf } from "./second-of.ts";
import { createAccountState, createKeyState, insertHold, insertLease, keyOf, type AccountState } from "./state.ts";

/** Rebuilds the account from its durable rows: the same state that wrote them, derived sums included. */
export function restoreAccount(rows: StoredRows): AccountState {
  const state = createAccountState();
  for (const row of rows.meta) restoreMeta(state, row);
  for (const row of rows.keyRecords) restoreKey(state, row);
  for (const { hash } of rows.retiredKeys) state.retiredKeys.add(hash);
  for (const { provider, version, sealed_key: key } of rows.providerKeys) {
    state.providerKeys.set(provider, { version, key });
  }
  for (const row of rows.idempotency) {
    state.usedIdempotency.set(row.name, { receiptId: row.receipt_id, endedMs: row.ended_at_ms });
  }
  for (const row of rows.credits) state.credits.set(row.entry_id, nanoFromText(row.amount_nano));
  for (const row of rows.keyWindows) {
    keyOf(state, row.key_hash).buckets.set(row.second, { requests: row.requests, tokens: row.tokens });
  }
  for (const row of rows.holds) restoreHold(state, row);
  for (const row of rows.leases) restoreLease(state, row);
  state.outboxWaiting = rows.outboxWaiting;
  state.outboxSetAside = rows.outboxSetAside;
  return state;
}

function restoreMeta(state: AccountState, row: MetaRow): void {
  switch (row.name) {
    case "organization":
      state.organization = row.organization;
      state.organizationVersion = row.version;
      return;
    case "wallet":
      state.balanceNano = nanoFromText(row.balance_nano);
      state.nextOutboxSeq = row.next_outbox_seq;
      state.counters = row.counters;
      return;
    case "flushes":
      state.flushes = row.queue;
  }
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
  for (const { kind, period, spent_nano } of row.previous_spend ?? []) {
    key.previousSpend.set(kind, { period, spentNano: nanoFromText(spent_nano) });
  }
  state.keys.set(row.hash, key);
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
  });
}

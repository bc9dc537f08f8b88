import type {
  Effects,
  HoldRow,
  IdempotencyRow,
  KeyRow,
  KeyWindowRow,
  LeaseRow,
  MetaRow,
  ProviderKeyRow,
  ScopeRow,
} from "./rows.ts";
import { encodeKey, encodeScope } from "./encode-rows.ts";
import { noChanges, type AccountState, type Hold, type LeaseState } from "./state.ts";
import { secondOf } from "./second-of.ts";

/**
 * The durable writes of everything that changed since the last call, and forgets that it changed. A row that changed
 * many times is written once. The caller writes all of them in one transaction, or throws the state away.
 */
export function takeEffects(state: AccountState): Effects {
  const { changes } = state;
  const keys = splitKeys(state);
  const scopes = scopeRows(state);
  const holds = splitHolds(state);
  const leases = splitLeases(state);
  const idempotency = splitIdempotency(state);
  const windows = splitWindows(state);
  const providerKeys = providerKeyRows(state);
  state.changes = noChanges();
  return {
    put: {
      meta: metaRows(state, changes),
      keyRecords: keys.put,
      scopes,
      retiredKeys: [...changes.retiredKeys].map((hash) => ({ hash })),
      providerKeys,
      holds: holds.put,
      leases: leases.put,
      idempotency: idempotency.put,
      ended: [...changes.ended.values()],
      outbox: [...changes.outbox.values()],
      credits: [...changes.credits].map((id) => ({ entry_id: id, amount_nano: String(state.credits.get(id)) })),
      keyWindows: windows.put,
    },
    remove: {
      keyRecords: keys.remove,
      holds: holds.remove,
      leases: leases.remove,
      idempotency: idempotency.remove,
      outbox: [...changes.outboxRemoved],
      keyWindows: windows.remove,
    },
    pruneEnded: changes.pruneEnded,
  };
}

function metaRows(state: AccountState, changes: AccountState["changes"]): MetaRow[] {
  const rows: MetaRow[] = [];
  if (changes.organization && state.organization !== null) {
    rows.push({ name: "organization", version: state.organizationVersion, organization: state.organization });
  }
  if (changes.wallet) {
    rows.push({
      name: "wallet",
      balance_nano: state.balanceNano.toString(),
      lots: state.lots.map(({ priority, expiresMs, remainingNano }) => {
        return { priority, expires_at_ms: expiresMs, remaining_nano: remainingNano.toString() };
      }),
      taken: {
        receipts_nano: state.taken.receiptsNano.toString(),
        corrections_nano: state.taken.correctionsNano.toString(),
        expiries_nano: state.taken.expiriesNano.toString(),
      },
      next_outbox_seq: state.nextOutboxSeq,
      counters: state.counters,
    });
  }
  if (changes.flushes) rows.push({ name: "flushes", queue: state.flushes });
  return rows;
}

function splitKeys(state: AccountState): { put: KeyRow[]; remove: string[] } {
  const put: KeyRow[] = [];
  const remove: string[] = [];
  for (const hash of state.changes.keys) {
    const key = state.keys.get(hash);
    if (key === undefined) remove.push(hash);
    else put.push(encodeKey(key));
  }
  return { put, remove };
}

function scopeRows(state: AccountState): ScopeRow[] {
  return [...state.changes.scopes].flatMap((name) => {
    const scope = state.scopes.get(name);
    return scope === undefined ? [] : [encodeScope(scope)];
  });
}

function providerKeyRows(state: AccountState): ProviderKeyRow[] {
  return [...state.changes.providerKeys].flatMap((provider) => {
    const known = state.providerKeys.get(provider);
    return known === undefined ? [] : [{ provider, version: known.version, sealed_key: known.key }];
  });
}

function splitIdempotency(state: AccountState): { put: IdempotencyRow[]; remove: string[] } {
  const put: IdempotencyRow[] = [];
  const remove: string[] = [];
  for (const name of state.changes.idempotency) {
    const used = state.usedIdempotency.get(name);
    if (used === undefined) remove.push(name);
    else put.push({ name, receipt_id: used.receiptId, ended_at_ms: used.endedMs });
  }
  return { put, remove };
}

function splitHolds(state: AccountState): { put: HoldRow[]; remove: string[] } {
  const put: HoldRow[] = [];
  const remove: string[] = [];
  for (const id of state.changes.holds) {
    const hold = state.holds.get(id);
    if (hold === undefined) remove.push(id);
    else put.push(holdRow(hold));
  }
  return { put, remove };
}

function splitLeases(state: AccountState): { put: LeaseRow[]; remove: string[] } {
  const put: LeaseRow[] = [];
  const remove: string[] = [];
  for (const id of state.changes.leases) {
    const lease = state.leases.get(id);
    if (lease === undefined) remove.push(id);
    else put.push(leaseRow(lease));
  }
  return { put, remove };
}

function leaseRow(lease: LeaseState): LeaseRow {
  return {
    id: lease.id,
    key_hash: lease.keyHash,
    nano: lease.nano.toString(),
    requests: lease.requests,
    tokens: lease.tokens,
    slots: lease.slots,
    expires_at_ms: lease.expiresMs,
    deadline_at_ms: lease.deadlineMs,
    periods: lease.periods,
    scopes: lease.scopes,
  };
}

function holdRow(hold: Hold): HoldRow {
  const isOwnSecond = hold.windowSecond === secondOf(hold.admittedMs);
  return {
    id: hold.id,
    key_hash: hold.keyHash,
    held_nano: hold.heldNano.toString(),
    max_cost_nano: hold.maxCostNano?.toString() ?? null,
    tokens: hold.tokens,
    output_tokens: hold.outputTokens,
    admitted_at_ms: hold.admittedMs,
    deadline_at_ms: hold.deadlineMs,
    ...(isOwnSecond ? {} : { window_second: hold.windowSecond }),
    ...(hold.isLate ? { is_late: true } : {}),
    periods: hold.periods,
    scopes: hold.scopes,
    idempotency_hash: hold.idempotencyHash,
    draft: hold.draft,
    checkpoint: hold.checkpoint,
  };
}

function splitWindows(state: AccountState): { put: KeyWindowRow[]; remove: { key_hash: string; second: number }[] } {
  const put: KeyWindowRow[] = [];
  const remove: { key_hash: string; second: number }[] = [];
  for (const [hash, seconds] of state.changes.windows) {
    const buckets = state.keys.get(hash)?.buckets;
    for (const second of seconds) {
      const bucket = buckets?.get(second);
      if (bucket === undefined) remove.push({ key_hash: hash, second });
      else put.push({ key_hash: hash, second, requests: bucket.requests, tokens: bucket.tokens });
    }
  }
  return { put, remove };
}

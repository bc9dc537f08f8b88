import { ZERO_NANO, type NanoUsd, type RandomBytes, type ReceiptDraft, type ReceiptMeasure } from "#kernel";
import { type UsedIdempotencyKey } from "./idempotency.ts";
import type { AccountLimits } from "./limits.ts";
import type { OwnKeyState } from "./own-keys.ts";
import { type PeriodKeys } from "./period-key.ts";
import type { AccountRows, EndedRow, FrozenFlush, OutboxRow } from "./rows.ts";
import { NOTHING_TAKEN, type TakenTotals } from "./taken.ts";
import type { AccountCounters } from "./types.ts";
import type { BudgetLimit, BudgetPeriod, KeyRecord, OrganizationRecord } from "./control-types.ts";

/** What every verb is given besides the state: the instant, randomness for ids, committed rows and the bounds. */
export interface AdmissionContext {
  readonly nowMs: number;
  readonly random: RandomBytes;
  readonly rows: AccountRows;
  readonly limits: AccountLimits;
}

/** Requests and tokens that a key used in one second. */
export interface Bucket {
  readonly requests: number;
  readonly tokens: number;
}

export interface Spend {
  readonly period: string;
  readonly spentNano: NanoUsd;
}

/** Whatever money is counted for and a budget can be set on: a key, a member, a tag, the whole organization. */
export interface BudgetScope {
  /** Kept for every period whether or not a budget asks, so that a budget set today counts the whole period. */
  readonly spend: Map<BudgetPeriod, Spend>;
  /** Of the period spent in before that one: calls admitted in it may still run, and grow. */
  readonly previousSpend: Map<BudgetPeriod, Spend>;
  /** Open holds by the name of the period they were admitted in. Derived. */
  readonly heldNano: Map<string, NanoUsd>;
  /** What leases have that no hold has, likewise. Derived. */
  readonly leasedNano: Map<string, NanoUsd>;
  /** The highest alert of each kind of period. */
  readonly alerted: Map<BudgetPeriod, Alerted>;
}

/** An alert that was given, and of which period. */
export interface Alerted {
  readonly period: string;
  readonly percent: number;
}

/** A scope that several keys share. */
export interface SharedScope extends BudgetScope {
  readonly name: string;
  version: number;
  limits: readonly BudgetLimit[];
}

export interface KeyState extends BudgetScope {
  record: KeyRecord;
  version: number;
  /** When this account learned that the key is revoked, epoch ms; null while it is not. */
  revokedAtMs: number | null;
  /** Derived. */
  openHolds: number;
  /** What open leases have left, all of them together. Derived. */
  leased: LeasedParts;
  /** Of the buckets, what open leases have left, by the second that they count in. Derived. */
  readonly leasedBuckets: Map<number, Bucket>;
  /** By second of the clock. */
  readonly buckets: Map<number, Bucket>;
}

/** Credit that is used, and ends, together. */
export interface Lot {
  /** Lower ones are used first. */
  readonly priority: number;
  /** Epoch ms; null: it does not end. */
  readonly expiresMs: number | null;
  /** Above zero. */
  readonly remainingNano: NanoUsd;
}

/** Counts of the leases of one key. */
export interface LeasedParts {
  readonly leases: number;
  readonly slots: number;
}

const NO_PARTS: LeasedParts = { leases: 0, slots: 0 };

/** A lease that was given and not returned. Its figures are what is left of it: calls that were heard of are holds. */
export interface LeaseState {
  readonly id: string;
  readonly keyHash: string;
  readonly nano: NanoUsd;
  readonly requests: number;
  readonly tokens: number;
  readonly slots: number;
  readonly expiresMs: number;
  /** When it is swept if nobody returns it: no call from it can still be running. */
  readonly deadlineMs: number;
  readonly periods: PeriodKeys;
  /** The shared scopes that its calls count in: those of the key when it was given. */
  readonly scopes: readonly string[];
}

export interface Hold {
  readonly id: string;
  readonly keyHash: string;
  heldNano: NanoUsd;
  /** What the call may cost at most by the caller's word; null without. */
  readonly maxCostNano: NanoUsd | null;
  readonly tokens: number;
  readonly outputTokens: number | null;
  readonly admittedMs: number;
  readonly deadlineMs: number;
  /** The second of the clock in which it counts against the limits per minute. */
  readonly windowSecond: number;
  /** It came from a lease that the account had closed already: nothing was held for it. */
  readonly isLate: boolean;
  readonly periods: PeriodKeys;
  /** The shared scopes that it counts in: those of the key at admission. */
  readonly scopes: readonly string[];
  /** Of the caller's idempotency key; null without one. */
  readonly idempotencyHash: string | null;
  readonly draft: ReceiptDraft;
  checkpoint: ReceiptMeasure | null;
}

/** What changed since the last `takeEffects`; rows are encoded once per turn however often they changed. */
export interface Changes {
  organization: boolean;
  wallet: boolean;
  flushes: boolean;
  readonly keys: Set<string>;
  readonly scopes: Set<string>;
  readonly retiredKeys: Set<string>;
  readonly providerKeys: Set<string>;
  readonly holds: Set<string>;
  readonly leases: Set<string>;
  readonly idempotency: Set<string>;
  readonly credits: Set<string>;
  readonly windows: Map<string, Set<number>>;
  readonly ended: Map<string, EndedRow>;
  readonly outbox: Map<number, OutboxRow>;
  readonly outboxRemoved: Set<number>;
  pruneEnded: { readonly beforeMs: number; readonly limit: number } | null;
}

/** One organization's account in memory. Verbs change it in place; `takeEffects` yields what must become durable. */
export interface AccountState {
  organization: OrganizationRecord | null;
  organizationVersion: number;
  /** What the lots have left, less what is owed. */
  balanceNano: NanoUsd;
  /** In the order of use. */
  lots: readonly Lot[];
  /** All that was ever taken from the wallet. */
  taken: TakenTotals;
  /** What was used beyond the credit that there was. */
  debtNano: NanoUsd;
  /** Sum of open holds. Derived. */
  heldNano: NanoUsd;
  /** Sum of what open leases have left. Derived. */
  leasedNano: NanoUsd;
  /** Likewise of slots. Derived. */
  leasedSlots: number;
  readonly keys: Map<string, KeyState>;
  /** By name: what several keys share. */
  readonly scopes: Map<string, SharedScope>;
  /** Hashes of keys that were revoked and dropped. */
  readonly retiredKeys: Set<string>;
  /** The organization's own keys by provider. */
  readonly providerKeys: Map<string, OwnKeyState>;
  readonly holds: Map<string, Hold>;
  readonly leases: Map<string, LeaseState>;
  /** By `idempotencyName`: the receipt ids of the open holds that have one. Derived. */
  readonly runningIdempotency: Map<string, string>;
  /** Those of ended calls, in the order they ended. */
  readonly usedIdempotency: Map<string, UsedIdempotencyKey>;
  readonly credits: Map<string, NanoUsd>;
  flushes: readonly FrozenFlush[];
  nextOutboxSeq: number;
  outboxWaiting: number;
  outboxSetAside: number;
  counters: AccountCounters;
  changes: Changes;
}

export function createAccountState(): AccountState {
  return {
    organization: null,
    organizationVersion: 0,
    balanceNano: ZERO_NANO,
    lots: [],
    taken: NOTHING_TAKEN,
    debtNano: ZERO_NANO,
    heldNano: ZERO_NANO,
    leasedNano: ZERO_NANO,
    leasedSlots: 0,
    keys: new Map(),
    scopes: new Map(),
    retiredKeys: new Set(),
    providerKeys: new Map(),
    holds: new Map(),
    leases: new Map(),
    runningIdempotency: new Map(),
    usedIdempotency: new Map(),
    credits: new Map(),
    flushes: [],
    nextOutboxSeq: 1,
    outboxWaiting: 0,
    outboxSetAside: 0,
    counters: { settled: 0, swept: 0, corrected: 0, overHold: 0, leasesLost: 0 },
    changes: noChanges(),
  };
}

export function noChanges(): Changes {
  return {
    organization: false,
    wallet: false,
    flushes: false,
    keys: new Set(),
    scopes: new Set(),
    retiredKeys: new Set(),
    providerKeys: new Set(),
    holds: new Set(),
    leases: new Set(),
    idempotency: new Set(),
    credits: new Set(),
    windows: new Map(),
    ended: new Map(),
    outbox: new Map(),
    outboxRemoved: new Set(),
    pruneEnded: null,
  };
}

export function createKeyState(record: KeyRecord, version: number): KeyState {
  return {
    record,
    version,
    revokedAtMs: null,
    ...newBudgetScope(),
    openHolds: 0,
    leased: NO_PARTS,
    leasedBuckets: new Map(),
    buckets: new Map(),
  };
}

function newBudgetScope(): BudgetScope {
  return {
    spend: new Map(),
    previousSpend: new Map(),
    heldNano: new Map(),
    leasedNano: new Map(),
    alerted: new Map(),
  };
}

/** The shared scope of a name, which is there from the first time that anybody asks. */
export function sharedScope(state: AccountState, name: string): SharedScope {
  const known = state.scopes.get(name);
  if (known !== undefined) return known;
  const scope: SharedScope = { name, version: 0, limits: [], ...newBudgetScope() };
  state.scopes.set(name, scope);
  state.changes.scopes.add(name);
  return scope;
}

/** An ended hold, also one that ended in this turn and is not committed yet. */
export function findEnded(state: AccountState, id: string, rows: AccountRows): EndedRow | null {
  return state.changes.ended.get(id) ?? rows.findEnded(id);
}

/** The key of an open hold: no key with one is ever dropped, so a miss is a fault of this module. */
export function keyOf(state: AccountState, keyHash: string): KeyState {
  const key = state.keys.get(keyHash);
  if (key === undefined) throw new Error("a hold refers to a key that the account does not have");
  return key;
}

/** Notes that a key's second of the clock changed, for the next write. */
export function markSecond(state: AccountState, hash: string, second: number): void {
  const seconds = state.changes.windows.get(hash);
  if (seconds === undefined) state.changes.windows.set(hash, new Set([second]));
  else seconds.add(second);
}

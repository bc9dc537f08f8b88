import type { ReceiptDraft, ReceiptMeasure } from "#kernel";
import type { PeriodKeys } from "./period-key.ts";
import type { AccountCounters, OutboxItem } from "./types.ts";
import type { BudgetPeriod, KeyRecord, OrganizationRecord, ProviderKeyEvent } from "./control-types.ts";

/**
 * The durable form of the account: JSON-ready rows, amounts as integer text. The object stores them in SQLite tables of
 * the same names; whoever stores them gives them back to `restoreAccount` and through `AccountRows`.
 */

/** Singletons: the organization, the wallet, and the flushes that are frozen. */
export type MetaRow =
  | { readonly name: "organization"; readonly version: number; readonly organization: OrganizationRecord }
  | {
      readonly name: "wallet";
      readonly balance_nano: string;
      /** In the order of use. Absent in rows of before it existed: all credit is one lot that does not end. */
      readonly lots?: readonly StoredLot[];
      /** All that was ever taken, by what took it. Absent in rows of before it existed: it is what credits and balance leave. */
      readonly taken?: StoredTaken;
      readonly next_outbox_seq: number;
      readonly counters: AccountCounters;
    }
  | { readonly name: "flushes"; readonly queue: readonly FrozenFlush[] };

/** Outbox rows under one flush id, fixed before the first send: a repeat sends exactly the same. */
export interface FrozenFlush {
  /** `fls_…` */
  readonly id: string;
  readonly seqs: readonly number[];
  /** Sends that the ledger did not answer, for the backoff. */
  readonly unansweredTries: number;
  /** Sends that the ledger refused for good. */
  readonly refusedTries: number;
  readonly notBeforeMs: number;
}

interface StoredTaken {
  readonly receipts_nano: string;
  readonly corrections_nano: string;
  readonly expiries_nano: string;
}

export interface StoredLot {
  readonly priority: number;
  readonly expires_at_ms: number | null;
  readonly remaining_nano: string;
}

interface StoredBudget {
  readonly limit_nano: string;
  readonly period: NonNullable<KeyRecord["budget"]>["period"];
}

/** What a key spent in the period of that name. */
export interface StoredSpend {
  readonly period: string;
  readonly spent_nano: string;
}

export interface KeyRow {
  readonly hash: string;
  readonly version: number;
  readonly revoked_at_ms: number | null;
  readonly record: Omit<KeyRecord, "budget">;
  readonly budget: StoredBudget | null;
  readonly spend: readonly StoredSpend[];
  /** Of the periods before, with what kind they are of. Absent in rows of before it existed. */
  readonly previous_spend?: readonly KindSpend[];
  readonly alerted?: readonly StoredAlert[];
}

export interface KindSpend extends StoredSpend {
  readonly kind: BudgetPeriod;
}

export interface StoredAlert {
  readonly kind: BudgetPeriod;
  readonly period: string;
  readonly percent: number;
}

/** A scope that several keys share, its limits and what was spent in it. */
export interface ScopeRow {
  readonly name: string;
  readonly version: number;
  readonly limits: readonly StoredBudget[];
  readonly spend: readonly KindSpend[];
  readonly previous_spend: readonly KindSpend[];
  readonly alerted: readonly StoredAlert[];
}

/** A revoked key of which only the hash is left. */
export interface RetiredKeyRow {
  readonly hash: string;
}

/** A provider's sealed key; null once it was removed. */
export interface ProviderKeyRow {
  readonly provider: string;
  readonly version: number;
  readonly sealed_key: ProviderKeyEvent["key"];
}

export interface HoldRow {
  readonly id: string;
  readonly key_hash: string;
  readonly held_nano: string;
  /** The most the caller allowed the call to cost; null without such a bound. */
  readonly max_cost_nano: string | null;
  /** Tokens counted against the window at admission. */
  readonly tokens: number;
  readonly output_tokens: number | null;
  readonly admitted_at_ms: number;
  readonly deadline_at_ms: number;
  /** Absent where it is the second of `admitted_at_ms`. */
  readonly window_second?: number;
  /** True for a call from a lease that had been closed; else absent. */
  readonly is_late?: boolean;
  readonly periods: PeriodKeys;
  /** Absent in rows of before it existed. */
  readonly scopes?: readonly string[];
  /** Absent in rows of before it existed. */
  readonly idempotency_hash?: string | null;
  readonly draft: ReceiptDraft;
  readonly checkpoint: ReceiptMeasure | null;
}

/** What is left of an open lease. */
export interface LeaseRow {
  readonly id: string;
  readonly key_hash: string;
  readonly nano: string;
  readonly requests: number;
  readonly tokens: number;
  readonly slots: number;
  readonly expires_at_ms: number;
  readonly deadline_at_ms: number;
  readonly periods: PeriodKeys;
  readonly scopes: readonly string[];
}

/** An ended hold or lease, remembered so that a repeat changes nothing. A swept one also remembers what a late settle corrects. */
export interface EndedRow {
  readonly id: string;
  readonly ended_at_ms: number;
  /** What the call's receipt charged. Absent of leases, and in rows of before it existed. */
  readonly cost_nano?: string;
  readonly swept: {
    readonly key_hash: string;
    readonly periods: PeriodKeys;
    /** Absent in rows of before it existed. */
    readonly scopes?: readonly string[];
    readonly occurred_at: string;
    readonly cost_nano: string;
    readonly upstream_cost_nano: string;
    readonly max_cost_nano: string | null;
    readonly corrected: boolean;
  } | null;
}

/** The idempotency key of an ended call. */
export interface IdempotencyRow {
  /** Hash of the API key and keyed hash of the caller's value. */
  readonly name: string;
  readonly receipt_id: string;
  readonly ended_at_ms: number;
}

export interface OutboxRow {
  /** Order of enqueuing, from 1. */
  readonly seq: number;
  /** The id of the receipt or correction: unique. */
  readonly id: string;
  readonly enqueued_at_ms: number;
  /** The SQLSTATE for which the ledger refused it for good; null while it waits. */
  readonly set_aside: string | null;
  readonly item: OutboxItem;
}

export interface CreditRow {
  readonly entry_id: string;
  readonly amount_nano: string;
}

/** What a key used in one second of the clock. */
export interface KeyWindowRow {
  readonly key_hash: string;
  readonly second: number;
  readonly requests: number;
  readonly tokens: number;
}

/** What is loaded into memory at start. `ended` and `outbox` may be large and are read where needed. */
export interface StoredRows {
  readonly meta: readonly MetaRow[];
  readonly keyRecords: readonly KeyRow[];
  readonly scopes: readonly ScopeRow[];
  readonly retiredKeys: readonly RetiredKeyRow[];
  readonly providerKeys: readonly ProviderKeyRow[];
  readonly holds: readonly HoldRow[];
  readonly leases: readonly LeaseRow[];
  /** In the order they were written. */
  readonly idempotency: readonly IdempotencyRow[];
  readonly credits: readonly CreditRow[];
  readonly keyWindows: readonly KeyWindowRow[];
  readonly outboxWaiting: number;
  readonly outboxSetAside: number;
}

/** Synchronous reads of committed rows that are not kept in memory. */
export interface AccountRows {
  findEnded(id: string): EndedRow | null;
  /** Those that ended in a range of time, in the order they did, after the place where the page before ended. */
  endedPage(page: { readonly fromMs: number; readonly toMs: number; readonly after: number; readonly limit: number }): {
    readonly ended: readonly EndedRow[];
    /** Null after the last. */
    readonly next: number | null;
  };
  findOutbox(id: string): OutboxRow | null;
  /** Which of these ids are in the outbox, set aside or not. */
  waitingIds(ids: readonly string[]): ReadonlySet<string>;
  /** The corrections of a receipt that wait or were set aside, by seq. */
  findCorrections(receiptId: string): readonly OutboxRow[];
  /** The oldest waiting rows, by seq. */
  outboxHead(limit: number): readonly OutboxRow[];
  /** The rows of these seqs, by seq. */
  outboxRows(seqs: readonly number[]): readonly OutboxRow[];
  /** The oldest rows that were set aside, by seq. */
  outboxSetAside(limit: number): readonly OutboxRow[];
}

/** The writes of one turn: apply all of them in one transaction, deletes after puts never touch the same row. */
export interface Effects {
  readonly put: {
    readonly meta: readonly MetaRow[];
    readonly keyRecords: readonly KeyRow[];
    readonly scopes: readonly ScopeRow[];
    readonly retiredKeys: readonly RetiredKeyRow[];
    readonly providerKeys: readonly ProviderKeyRow[];
    readonly holds: readonly HoldRow[];
    readonly leases: readonly LeaseRow[];
    readonly idempotency: readonly IdempotencyRow[];
    readonly ended: readonly EndedRow[];
    readonly outbox: readonly OutboxRow[];
    readonly credits: readonly CreditRow[];
    readonly keyWindows: readonly KeyWindowRow[];
  };
  readonly remove: {
    readonly keyRecords: readonly string[];
    readonly holds: readonly string[];
    readonly leases: readonly string[];
    /** By name. */
    readonly idempotency: readonly string[];
    readonly outbox: readonly number[];
    readonly keyWindows: readonly { readonly key_hash: string; readonly second: number }[];
  };
  /** Forget at most `limit` ended rows, oldest first, that ended before the instant. */
  readonly pruneEnded: { readonly beforeMs: number; readonly limit: number } | null;
}

export function hasEffects(effects: Effects): boolean {
  const lists = [...Object.values(effects.put), ...Object.values(effects.remove)];
  return effects.pruneEnded !== null || lists.some((list) => list.length > 0);
}

import type { PeriodKeys } from "#admission";
import type { ReceiptDraft } from "#kernel";

/** `untold`: admitted from a lease, and the account has not heard of it. */
export type CallState = "untold" | "open" | "settled" | "swept" | "corrected";

/** A receipt or correction that the outbox owes for a call, in the order in which they came about. */
export interface OwedItem {
  readonly type: "receipt" | "correction";
  readonly costNano: bigint;
  readonly upstreamNano: bigint;
}

/** One call that somebody admitted, as it truly is. */
export interface TrueCall {
  readonly draft: ReceiptDraft;
  readonly keyHash: string;
  /** Null when the account admitted it itself. */
  readonly lease: TrueLease | null;
  readonly isolate: string;
  readonly admittedMs: number;
  readonly maxCostNano: bigint | null;
  readonly idempotencyHash: string | null;
  readonly boundTokens: number;
  /** What the tokens per minute count for it. */
  tokens: number;
  state: CallState;
  heldNano: bigint;
  isLate: boolean;
  deadlineMs: number;
  periods: PeriodKeys;
  /** The shared scopes that it counts in. */
  scopes: readonly string[];
  checkpoint: { readonly costNano: bigint; readonly upstreamNano: bigint } | null;
  costNano: bigint;
  upstreamNano: bigint;
  /** By the account's clock. */
  endedMs: number;
  readonly owed: OwedItem[];
  receipts: number;
  /** Its isolate died, its request was dropped, or the account could not be told: it may have been admitted unheard. */
  isOrphan: boolean;
}

export interface Parts {
  nano: bigint;
  requests: number;
  tokens: number;
  slots: number;
}

/** One lease as it truly is. */
export interface TrueLease {
  readonly id: string;
  readonly keyHash: string;
  readonly isolate: string;
  /** When its isolate asked for it, and when it was given, in the world's time. */
  readonly askedMs: number;
  readonly grantedMs: number;
  readonly lifeMs: number;
  /** By the account's clock. */
  readonly expiresMs: number;
  readonly deadlineMs: number;
  readonly periods: PeriodKeys;
  readonly scopes: readonly string[];
  readonly granted: Readonly<Parts>;
  /** What no hold has, as the account must see it. */
  readonly left: Parts;
  /** What its isolate admitted from it. */
  readonly used: Parts;
  /** Its calls that the account has not heard of. */
  readonly untold: Set<TrueCall>;
  state: "open" | "returned" | "lost";
}

/** An instant of the world, and what the account's clock says then. */
export interface Instant {
  readonly trueMs: number;
  readonly accountMs: number;
}

/** How wrong durations may be that reach back so far: the clocks' jumps since. */
export type SlackSince = (sinceMs: number) => number;

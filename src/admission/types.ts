import type {
  BudgetAlert,
  CreditExpiry,
  ErrorCode,
  GuardrailSettings,
  KeyMode,
  NanoUsd,
  Price,
  Receipt,
  ReceiptCorrection,
  ReceiptDraft,
  ReceiptEnd,
  ReceiptMeasure,
  RoutingPolicy,
} from "#kernel";
import type { Scope } from "#keys";
import type { BudgetPeriod, SealedProviderKey } from "./control-types.ts";
import type { Lease, LeasedCall, LeaseWish } from "./lease-types.ts";

/** What a call may cost at most: a fixed part, and output tokens whose number admission may grant. */
export interface HoldRequest {
  /** Upper bound of everything but output, nano-USD. */
  readonly baseNano: NanoUsd;
  /** Upper bound of input tokens, for the tokens-per-minute window. */
  readonly inputTokens: number;
  readonly output: OutputRequest | null;
}

export interface OutputRequest {
  readonly price: Price;
  /** What the caller named, per choice; null when it named none and admission decides. */
  readonly requested: number | null;
  /** The most the model can do, per choice. */
  readonly maximum: number;
  /** Below this a grant is useless and the call is refused instead. */
  readonly minimum: number;
  /** `n`: how many choices multiply the output. */
  readonly choices: number;
  /**
   * Output per choice that is held at first, and extended as it comes: where all of it is seen as it streams. Absent or
   * null: all that is granted is held (hidden output, whole answers).
   */
  readonly slice?: number | null;
}

export interface AdmitCommand {
  readonly keyHash: string;
  readonly scope: Scope;
  readonly clientIp: string | null;
  readonly hold: HoldRequest;
  /** From `x-prismatic-max-cost`. */
  readonly maxCostNano: NanoUsd | null;
  readonly draft: ReceiptDraft;
  /** A keyed hash of the caller's `Idempotency-Key`, hex: the value itself neither travels nor rests. */
  readonly idempotency?: { readonly keyHash: string } | null;
  /** Every provider that may be called, at most `providersMax`: their own keys come back with the admission. */
  readonly providers?: readonly string[];
  /** What is charged of the price on an own key, parts per million; absent charges all of it. */
  readonly byokFeePerMillion?: bigint;
  /** What the teller would admit by itself after this call. */
  readonly lease?: LeaseWish | null;
}

/** A key check without a hold, for routes that read. */
export interface AuthorizeCommand {
  readonly keyHash: string;
  readonly mode: KeyMode;
  readonly scope: Scope;
  readonly clientIp: string | null;
}

export interface KeyIdentity {
  readonly orgId: string;
  readonly keyId: string;
}

/** Everything a read route answers with, or why the key may not read it. */
export type ReadResult<Value> =
  | { readonly ok: true; readonly identity: KeyIdentity; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

/** What `GET /v1/key` shows: the key's limits and how much of them is used now. */
export interface KeyUsage {
  readonly mode: KeyMode;
  readonly scopes: readonly Scope[];
  readonly models: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly limits: LimitStates;
  readonly concurrency: { readonly limit: number | null; readonly used: number };
  /** Spent is ended calls of the current period, held the open ones. */
  readonly budget: {
    readonly limitNano: NanoUsd;
    readonly period: BudgetPeriod;
    readonly spentNano: NanoUsd;
    readonly heldNano: NanoUsd;
    readonly reservedNano: NanoUsd;
  } | null;
}

/** What `GET /v1/credits` shows. `available = balance - held - reserved`; it may be negative (trap G8). */
export interface CreditsView {
  readonly balanceNano: NanoUsd;
  /** By calls that the account knows of. */
  readonly heldNano: NanoUsd;
  /** By leases, for seconds: calls that gateways admit by themselves. */
  readonly reservedNano: NanoUsd;
  readonly availableNano: NanoUsd;
}

/** How an organization's object stands, for operators and the settlement-lag metric. */
export interface AccountStatus extends CreditsView {
  readonly orgId: string | null;
  readonly openHolds: number;
  readonly openLeases: number;
  /** Rows waiting for the ledger, without those set aside. */
  readonly outboxLength: number;
  /** Age of the oldest row that waits for the ledger, ms; 0 when none waits. */
  readonly settlementLagMs: number;
  /** Rows that the ledger refused for good. */
  readonly poisonRows: number;
  readonly counters: AccountCounters;
}

/** Durable counts since the object was made. */
export interface AccountCounters {
  readonly settled: number;
  readonly swept: number;
  readonly corrected: number;
  /** Ends that cost more than their hold (trap G8). */
  readonly overHold: number;
  /** Leases that nobody returned: their isolate died, and what it admitted from them in its last seconds is not known. */
  readonly leasesLost?: number;
}

/** One `x-ratelimit-*` triple, true at the moment of the answer. */
export interface WindowState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface LimitStates {
  readonly requests: WindowState | null;
  readonly tokens: WindowState | null;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;
  /** When a retry can succeed; null when waiting does not help. */
  readonly retryAfterMs: number | null;
  readonly limits: LimitStates | null;
  /** Only leases stand in the way, which end in moments. */
  readonly isParked?: boolean;
}

export interface Admission {
  readonly orgId: string;
  readonly keyId: string;
  readonly heldNano: NanoUsd;
  /** Output tokens granted per choice; null when the call has no metered output. The upstream is sent this maximum. */
  readonly outputTokens: number | null;
  /** Input and output bound together, as they count against the tokens per minute. */
  readonly tokens: number;
  readonly limits: LimitStates;
  /** What the key and its organization allow together. */
  readonly policy: RoutingPolicy;
  /** The organization's own keys at the providers that the command named. */
  readonly byok: readonly SealedProviderKey[];
  readonly guardrails: GuardrailSettings | null;
  /** Public model ids that the key may use; null allows all. The draft's own was asked about; a fallback must be here too. */
  readonly models: readonly string[] | null;
  /** What the teller may admit by itself from now on; null or absent: it asks again. */
  readonly lease?: Lease | null;
}

export type AdmitResult =
  | { readonly ok: true; readonly admission: Admission }
  | { readonly ok: false; readonly refusal: Refusal };

export interface CheckpointCommand {
  readonly id: string;
  readonly measure: ReceiptMeasure;
  /** The call's own account of itself, until the Account object has heard of it. */
  readonly leased?: LeasedCall | null;
}

export interface SettleCommand {
  readonly id: string;
  readonly end: ReceiptEnd;
  /** What was held when the call was cut short for want of more: it costs no more than that. */
  readonly capNano?: NanoUsd | null;
  readonly leased?: LeasedCall | null;
}

/**
 * `settled` now; `repeated`: this id had been settled and nothing changed; `corrected`: the hold had been swept and the
 * difference is posted; `unknown`: no such hold was ever open here, or its swept record is older than 24 h.
 */
export type SettleResult = "settled" | "repeated" | "corrected" | "unknown";

/** What the outbox still has of one receipt; the ledger has the rest. */
export interface WaitingReceipt {
  /** As its call ended; null when it is posted, or not this organization's. */
  readonly receipt: Receipt | null;
  /** In the order they occurred. */
  readonly corrections: readonly ReceiptCorrection[];
}

/** What waits in the outbox for the ledger. */
export type OutboxItem =
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "correction"; readonly correction: ReceiptCorrection }
  | { readonly type: "alert"; readonly alert: BudgetAlert }
  | { readonly type: "expiry"; readonly expiry: CreditExpiry };

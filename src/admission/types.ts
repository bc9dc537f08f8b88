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
import type { Lease, LeasedCall, LeaseWish } from "./lease-types.ts";

export type BudgetPeriod = "day" | "week" | "month" | "total";
/** A limit on what may be spent in each period of a kind. */
export interface BudgetLimit {
  readonly period: BudgetPeriod;
  readonly limitNano: NanoUsd;
}

export type KeyStatus = "active" | "disabled" | "revoked";

/** A key as the Account object knows it. `hash` is the peppered HMAC (hex); the key itself is nowhere. */
export interface KeyRecord {
  readonly id: string;
  readonly hash: string;
  readonly mode: KeyMode;
  readonly status: KeyStatus;
  readonly scopes: readonly Scope[];
  /** Public model ids; null allows all. */
  readonly models: readonly string[] | null;
  /** Addresses or CIDR ranges; null allows all. */
  readonly ipAllow: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrency: number | null;
  readonly budget: BudgetLimit | null;
  /** Whose key it is, and what it is tagged with: their budgets count its calls. */
  readonly memberId?: string | null;
  readonly tags?: readonly string[];
  /** Joins the organization's: the stricter rule wins. Records of before it existed lack it. */
  readonly policy?: RoutingPolicy | null;
  readonly guardrails?: GuardrailSettings | null;
  /** Every call of it asks the account: no leases, at the price of a hop for each. */
  readonly strict?: boolean;
}

export interface OrganizationRecord {
  readonly id: string;
  readonly status: "active" | "suspended";
  readonly policy?: RoutingPolicy | null;
  /** As of a key, for all its keys. */
  readonly strict?: boolean;
  /** In which the periods of its budgets turn over; an IANA name, UTC without one. */
  readonly timeZone?: string;
}

/** `first`: the organization's own key, then ours. `only`: never ours. */
export const OWN_KEY_MODES = ["first", "only"] as const;
export type OwnKeyMode = (typeof OWN_KEY_MODES)[number];

/** An organization's own key at a provider, sealed to the gateway: opaque to the account and to the console. */
export interface SealedProviderKey {
  readonly provider: string;
  /** Base64 (src/keys/sealed-box.ts). */
  readonly sealed: string;
  /** The id of the gateway's key that it was sealed to. */
  readonly keyVersion: string;
  readonly mode: OwnKeyMode;
}

/** What the projector tells the object. Records carry a version and only a newer one applies; a credit applies once per entry id. */
export type AccountEvent =
  | { readonly type: "organization"; readonly version: number; readonly organization: OrganizationRecord }
  | { readonly type: "key"; readonly version: number; readonly key: KeyRecord }
  | ProviderKeyEvent
  | BudgetEvent
  | CreditEvent
  | AdjustmentEvent;

/** Credit for the wallet, once per entry id. */
export interface CreditEvent {
  readonly type: "credit";
  readonly entryId: string;
  readonly amountNano: NanoUsd;
  /** What is used first: lower goes before higher, what a plan includes before what was paid. Absent: as paid credit. */
  readonly priority?: number;
  /** When what is left of it is gone, epoch ms; absent or null: never. */
  readonly expiresAtMs?: number | null;
}

/** What operators add to the balance, signed, where it had left the ledger's; once per entry id. */
export interface AdjustmentEvent {
  readonly type: "adjustment";
  readonly entryId: string;
  readonly amountNano: NanoUsd;
}

/** All the limits of one shared scope (`scope-name.ts`); an empty list lifts them. */
export interface BudgetEvent {
  readonly type: "budget";
  readonly version: number;
  readonly scope: string;
  readonly limits: readonly BudgetLimit[];
}

/** One provider's sealed key of this organization; null once it was removed. */
export interface ProviderKeyEvent {
  readonly type: "provider_key";
  readonly version: number;
  readonly provider: string;
  readonly key: Omit<SealedProviderKey, "provider"> | null;
}

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

/**
 * `applied` changed something; `repeated` had been applied before or carried an old version. A refused batch changed
 * nothing, and the reason is for operators: the organization has too many keys, or too large ones, or it is not this account's.
 */
export type ApplyResult =
  | { readonly ok: true; readonly applied: number; readonly repeated: number }
  | { readonly ok: false; readonly reason: ApplyRefusal };

export type ApplyRefusal =
  | "too_many_keys"
  | "too_many_scopes"
  | "too_many_provider_keys"
  | "provider_key_too_large"
  | "other_organization";

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

import type {
  ErrorCode,
  KeyMode,
  NanoUsd,
  Price,
  Receipt,
  ReceiptCorrection,
  ReceiptDraft,
  ReceiptEnd,
  ReceiptMeasure,
} from "#kernel";
import type { Scope } from "#keys";

export type BudgetPeriod = "day" | "week" | "month" | "total";
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
  readonly budget: { readonly limitNano: NanoUsd; readonly period: BudgetPeriod } | null;
}

export interface OrganizationRecord {
  readonly id: string;
  readonly status: "active" | "suspended";
}

/** What the projector tells the object. Records carry a version and only a newer one applies; a credit applies once per entry id. */
export type AccountEvent =
  | { readonly type: "organization"; readonly version: number; readonly organization: OrganizationRecord }
  | { readonly type: "key"; readonly version: number; readonly key: KeyRecord }
  | { readonly type: "credit"; readonly entryId: string; readonly amountNano: NanoUsd };

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
}

export interface AdmitCommand {
  readonly keyHash: string;
  readonly scope: Scope;
  readonly clientIp: string | null;
  readonly hold: HoldRequest;
  /** From `x-prismatic-max-cost`. */
  readonly maxCostNano: NanoUsd | null;
  readonly draft: ReceiptDraft;
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
}

export interface Admission {
  readonly orgId: string;
  readonly keyId: string;
  readonly heldNano: NanoUsd;
  /** Output tokens granted per choice; null when the call has no metered output. The upstream is sent this maximum. */
  readonly outputTokens: number | null;
  /** When the hold is swept if nobody ends it, epoch ms. */
  readonly deadlineMs: number;
  readonly limits: LimitStates;
}

export type AdmitResult =
  | { readonly ok: true; readonly admission: Admission }
  | { readonly ok: false; readonly refusal: Refusal };

export interface CheckpointCommand {
  readonly id: string;
  readonly measure: ReceiptMeasure;
}

export interface SettleCommand {
  readonly id: string;
  readonly end: ReceiptEnd;
}

/**
 * `settled` now; `repeated`: this id had been settled and nothing changed; `corrected`: the hold had been swept and the
 * difference is posted; `unknown`: no such hold was ever open here, or its swept record is older than 24 h.
 */
export type SettleResult = "settled" | "repeated" | "corrected" | "unknown";

/** What waits in the outbox for the ledger. */
export type OutboxItem =
  | { readonly type: "receipt"; readonly receipt: Receipt }
  | { readonly type: "correction"; readonly correction: ReceiptCorrection };

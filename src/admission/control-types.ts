/** What the control plane says of an organization: its keys, limits, policies and credit. */
import type { GuardrailSettings, KeyMode, NanoUsd, RoutingPolicy } from "#kernel";
import type { Scope } from "#keys";

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
  /** As of a key, for all its keys: a call is on both lists. */
  readonly models?: readonly string[] | null;
  readonly ipAllow?: readonly string[] | null;
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

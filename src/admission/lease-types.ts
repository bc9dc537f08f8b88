import type { GuardrailSettings, KeyMode, NanoUsd, ReceiptDraft, RoutingPolicy } from "#kernel";
import type { LimitStates, Refusal } from "./types.ts";
import type { KeyRecord, SealedProviderKey } from "./control-types.ts";

/** What a teller wants to admit by itself for a while: so many calls like its recent ones. */
export interface LeaseWish {
  /** `lse_…`, chosen by the teller, so that a lease whose answer was lost can be returned all the same. */
  readonly id: string;
  readonly calls: number;
  /** What one call holds, and the tokens it counts. */
  readonly callNano: NanoUsd;
  readonly callTokens: number;
}

/** A wish by itself, without a call that waits. */
export interface LeaseCommand {
  readonly keyHash: string;
  readonly mode: KeyMode;
  readonly wish: LeaseWish;
}

/** The right to admit calls of one key with no word to the account: what it allows is already taken from everybody else. */
export interface Lease {
  readonly id: string;
  readonly keyHash: string;
  readonly nano: NanoUsd;
  readonly requests: number;
  readonly tokens: number;
  readonly slots: number;
  /** No admission later than this after the account was asked for it, ms: a duration, as no two clocks agree. */
  readonly lifeMs: number;
  /** What every scope had left beside the lease: what a call may grow to is said by it, not held. */
  readonly roomNano: NanoUsd;
  readonly key: LeasedKey;
}

/** The key as it was when the lease was given: the bound on how old that can be is the lease's life. */
export interface LeasedKey {
  readonly orgId: string;
  readonly record: Pick<KeyRecord, "id" | "mode" | "scopes" | "models" | "ipAllow">;
  /** Beside the key's own, which cannot be one list with it. Leases of before it existed lack it. */
  readonly organizationIpAllow?: readonly string[] | null;
  readonly policy: RoutingPolicy;
  readonly guardrails: GuardrailSettings | null;
  /** All the organization's own provider keys. */
  readonly ownKeys: readonly SealedProviderKey[];
  /** As they were when it was given, what leases have left counted as remaining. */
  readonly limits: LimitStates;
}

/** A call that a teller admitted from a lease, as it tells the account of it. Repeating it changes nothing. */
export interface LeasedCall {
  readonly leaseId: string;
  readonly keyHash: string;
  readonly draft: ReceiptDraft;
  readonly heldNano: NanoUsd;
  readonly maxCostNano: NanoUsd | null;
  readonly tokens: number;
  readonly outputTokens: number | null;
}

/** The end of a lease: nothing more is admitted from it, and these of its calls are still running. */
export interface ReturnCommand {
  readonly leaseId: string;
  readonly calls: readonly LeasedCall[];
}

/** A running call wants more held, as its output grows. */
export interface ExtendCommand {
  readonly id: string;
  /** What shall be held in all, nano-USD. */
  readonly toNano: NanoUsd;
  readonly leased?: LeasedCall | null;
}

/** What is held now, and why that is less than was asked for. */
export interface ExtendResult {
  readonly heldNano: NanoUsd;
  readonly refusal: Refusal | null;
}

/** What a call holds and counts from its admission on. */
export type AdmittedHold = Pick<LeasedCall, "heldNano" | "tokens" | "outputTokens">;

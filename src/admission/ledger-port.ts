import type { OutboxItem } from "./types.ts";

/** One flush as the ledger gets it: the id and the items never change between sends. */
export interface UsageFlush {
  readonly flushId: string;
  readonly orgId: string;
  readonly items: readonly OutboxItem[];
}

/**
 * `poison`: the ledger looked at it and refused for good, nothing of it was applied. `unavailable`: no answer, or one
 * that says nothing about the input; it may have been applied, so only the same flush may be sent again.
 */
export type PostUsageResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "poison"; readonly sqlstate: string }
  | { readonly ok: false; readonly reason: "unavailable" };

/** The way to the ledger. Never throws. */
export interface LedgerPort {
  postUsage(flush: UsageFlush): Promise<PostUsageResult>;
}

import { nanoUsd, type NanoUsd } from "#kernel";

/** What `post_usage` answers. Amounts cover only the rows that were new. */
export interface UsagePosting {
  readonly transactionId: string;
  /** Receipts that were new. */
  readonly inserted: number;
  /** Receipts that an earlier flush had brought, with the same figures. */
  readonly duplicates: number;
  readonly corrected: number;
  /** What the wallet was debited, signed: corrections may outweigh receipts. */
  readonly costNano: NanoUsd;
  readonly upstreamCostNano: NanoUsd;
  /** True when this very flush had been posted before: nothing changed now. */
  readonly repeated: boolean;
}

/** The SQLSTATEs that our own functions raise; documented in migrations/0002_guards.sql. */
export const LEDGER_SQLSTATES = {
  PR001: "the idempotency key was used with other input",
  PR002: "malformed input",
  PR004: "unknown organization",
  PR005: "a correction names a receipt that is not recorded",
  PR006: "the transaction does not balance",
  PR007: "an append-only row was to be changed",
  PR008: "the id was recorded before with other figures",
  PR009: "a fixed column was to be changed",
} as const;

/**
 * True when sending the same rows again can never succeed: bad data (class 22), a violated constraint (23), or one of
 * our own refusals (PR). Nothing was applied. Everything else, a missing function or right included, may heal.
 */
export function isPoison(sqlstate: string): boolean {
  return /^(22|23|PR)[0-9A-Z]{3}$/.test(sqlstate);
}

/** What an organization may spend by the ledger: its wallet account's sum, turned around. */
export function spendableNano(walletSumNano: bigint): NanoUsd {
  return nanoUsd(0n - walletSumNano);
}

/** An entry as reconciliation reads it. */
export interface JournalEntry {
  readonly transactionId: string;
  readonly asset: string;
  readonly amountNano: bigint;
}

/** The transactions whose entries do not sum to zero per asset (invariant MONEY section 6, 1). Empty when all balance. */
export function unbalancedTransactions(entries: readonly JournalEntry[]): string[] {
  const sums = new Map<string, bigint>();
  for (const { transactionId, asset, amountNano } of entries) {
    const key = `${transactionId}\n${asset}`;
    sums.set(key, (sums.get(key) ?? 0n) + amountNano);
  }
  const unbalanced = [...sums].filter(([, sum]) => sum !== 0n).map(([key]) => key.slice(0, key.indexOf("\n")));
  return [...new Set(unbalanced)];
}

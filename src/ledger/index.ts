export {
  CREDIT_KINDS,
  ORGANIZATION_ACCOUNTS,
  PARTNER_ACCOUNTS,
  PLATFORM_ACCOUNTS,
  type AccountName,
  type CreditKind,
} from "./chart.ts";
export { correctedReceipt, withWaitingCorrections } from "./corrected-receipt.ts";
export { encodeFlush, MAX_FLUSH_ROWS, type FlushItem, type FlushPayload } from "./flush.ts";
export {
  isPoison,
  LEDGER_SQLSTATES,
  spendableNano,
  unbalancedTransactions,
  type JournalEntry,
  type UsagePosting,
} from "./posting.ts";

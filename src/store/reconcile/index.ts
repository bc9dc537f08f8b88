export { compareBooks, type Comparison, type ReceiptFault } from "./compare-books.ts";
export {
  readExplained,
  recordDifferences,
  type Difference,
  type DifferenceKind,
  type Explained,
  type RecordedDifference,
} from "./differences.ts";
export { markReconciled, readDueOrganizations, readOrganizations, type DueOrganization } from "./progress.ts";
export { readLedgerFaults, type LedgerFaults, type TransactionFault } from "./read-postings.ts";
export { countUnobserved, readReceipts, readReceiptsOf, type RecordedReceipt } from "./read-receipts.ts";
export { readWallet, readWalletState, UNAPPLIED_MAX, type WalletBooks, type WalletState } from "./read-wallet.ts";
export { readToldVersions, tellAgain, type ToldVersions } from "./control-versions.ts";

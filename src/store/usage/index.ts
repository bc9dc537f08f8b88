export type { UsageFilters, UsageRange } from "./filters.ts";
export { findReceipt, readReceiptPage, type StoredReceipt } from "./receipts.ts";
export {
  sumUsage,
  USAGE_GROUPS,
  USAGE_ROWS_MAX,
  type UsageFigures,
  type UsageGroup,
  type UsageQuestion,
  type UsageRow,
  type UsageSums,
} from "./sum-usage.ts";

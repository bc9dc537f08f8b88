export { controlVersions, type ControlVersions } from "./control-versions.ts";
export {
  accountBooks,
  endedCalls,
  type AccountBooks,
  type BooksQuestion,
  type EndedCall,
  type EndedCalls,
  type EndedQuestion,
} from "./account-books.ts";
export type { AccountPort, Schedule } from "./account-port.ts";
export { admit } from "./admit.ts";
export { applyEvents } from "./apply-events.ts";
export { authorize } from "./authorize.ts";
export { checkpoint } from "./checkpoint.ts";
export { finishFlush } from "./finish-flush.ts";
export { flushPayload, freezeFlush } from "./freeze-flush.ts";
export { isIpAllowed, isIpRange } from "./ip-allow.ts";
export type { LedgerPort, PostUsageResult, UsageFlush } from "./ledger-port.ts";
export { DEFAULT_ACCOUNT_LIMITS, type AccountLimits } from "./limits.ts";
export { extendHolds } from "./extend-hold.ts";
export { leaseOnly } from "./lease-only.ts";
export type * from "./lease-types.ts";
export { earlier, nextDueMs, nextExpiryDueMs, nextFlushMs } from "./next-due.ts";
export {
  BUDGET_PERIODS,
  isTimeZone,
  periodEndsMs,
  periodKey,
  periodKeys,
  type BudgetTimeZone,
  type PeriodKeys,
} from "./period-key.ts";
export { prune } from "./prune.ts";
export { requeuePoison } from "./requeue-poison.ts";
export { restoreAccount } from "./restore-account.ts";
export { returnLease } from "./return-lease.ts";
export {
  hasEffects,
  type AccountRows,
  type CreditRow,
  type Effects,
  type EndedRow,
  type FrozenFlush,
  type HoldRow,
  type IdempotencyRow,
  type KeyRow,
  type KeyWindowRow,
  type LeaseRow,
  type MetaRow,
  type OutboxRow,
  type ProviderKeyRow,
  type RetiredKeyRow,
  type ScopeRow,
  type StoredRows,
} from "./rows.ts";
export { isScopeName, isTag, memberScope, ORGANIZATION_SCOPE, TAGS_MAX, tagScope } from "./scope-name.ts";
export { settle } from "./settle.ts";
export { createAccountState, type AccountState, type AdmissionContext } from "./state.ts";
export { sweep } from "./sweep.ts";
export type { TakenTotals } from "./taken.ts";
export { takeEffects } from "./take-effects.ts";
export { OWN_KEY_MODES } from "./control-types.ts";
export type * from "./control-types.ts";
export type { TellerBounds } from "./teller-bounds.ts";
export type { Settlement } from "./reports.ts";
export { createTeller, type KeepAlive, type Teller } from "./teller.ts";
export type * from "./types.ts";
export { accountStatus, creditsView, keyUsage, waitingReceipt } from "./views.ts";

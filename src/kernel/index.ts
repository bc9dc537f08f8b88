export type { BudgetAlert, CreditExpiry } from "./account-facts.ts";
export { AppError, type AppErrorOptions } from "./app-error.ts";
export { decodeBase64, encodeBase64, encodeBase64Url } from "./base64.ts";
export type { Clock, RandomBytes } from "./clock.ts";
export { ERRORS, type ErrorCode, type ErrorDefinition } from "./error-table.ts";
export {
  GUARDRAIL_ACTIONS,
  type GuardrailAction,
  type GuardrailCounts,
  type GuardrailSettings,
} from "./guardrail-settings.ts";
export { parseIpAddress, type IpAddress } from "./ip-address.ts";
export { ID_PREFIXES, idTimeMs, isId, newId, type IdKind } from "./ids.ts";
export {
  affordableUnits,
  costNano,
  floorPart,
  formatUsd,
  nanoFromText,
  nanoUsd,
  parseUsd,
  partOf,
  timesIn,
  wholeOf,
  ZERO_NANO,
  type NanoUsd,
  type Price,
  type PricedUnits,
} from "./money.ts";
export {
  OPERATIONS,
  USAGE_UNITS,
  type Attempt,
  type KeyMode,
  type Operation,
  type Receipt,
  type ReceiptCorrection,
  type ReceiptDraft,
  type ReceiptEnd,
  type ReceiptFlag,
  type ReceiptKind,
  type ReceiptMeasure,
  type ReceiptOutcome,
  type UsageUnit,
  type UsageUnits,
} from "./receipt.ts";
export type { RoutingPolicy } from "./routing-policy.ts";

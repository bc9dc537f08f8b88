export { compareColumns, createDataMap, dataMapHash, type LiveColumns } from "./data-map.ts";
export { LOG_FIELDS, LOG_HOLDING, logLine, type LogField, type LogLine } from "./log-fields.ts";
export type { DataMap, EgressHost, FieldRule, HoldingSpec, MappedHolding, OwnedVia } from "./types.ts";
export {
  BASES,
  CATEGORIES,
  CLAUSES,
  ERASURES,
  ORIGINS,
  PURPOSES,
  RECIPIENTS,
  RETENTION,
  SUBJECTS,
  type Basis,
  type Category,
  type Clause,
  type Erasure,
  type Origin,
  type Purpose,
  type Recipient,
  type Retention,
  type Subject,
} from "./vocabulary.ts";

export { compareColumns, createDataMap, dataMapHash, type LiveColumns } from "./data-map.ts";
export { LOG_FIELDS, LOG_HOLDING, logLine, type LogField, type LogLine } from "./log-fields.ts";
export type { DataMap, EgressHost, FieldRule, HoldingSpec, MappedHolding, OwnedVia } from "./types.ts";
export type { Basis, Category, Clause, Erasure, Origin, Purpose, Recipient, Retention, Subject } from "./vocabulary.ts";

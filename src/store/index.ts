export * from "./audit/index.ts";
export { decodeAccountEvent } from "./account-event.ts";
export {
  countOutbox,
  markEventsApplied,
  markEventsFailed,
  OUTBOX_MAX_TRIES,
  readPendingEvents,
  retrySetAsideEvents,
  type Database,
  type OutboxFailure,
  type PendingEvent,
  type PendingOrganization,
} from "./control-outbox.ts";
export { listAuditEntries, listOperatorEntries, type AuditEntryView } from "./audit-entries.ts";
export { dataMap } from "./data-map.ts";
export { mapTable } from "./data-map/map-table.ts";
export * from "./machines/index.ts";
export * from "./mail/index.ts";
export { ensurePartitions } from "./partitions.ts";
export * from "./budgets/index.ts";
export * from "./leaks/index.ts";
export * from "./operators/index.ts";
export * from "./organizations/index.ts";
export * from "./people/index.ts";
export * from "./reconcile/index.ts";
export * from "./requests/index.ts";
export * from "./usage/index.ts";
export * as schema from "./schema/index.ts";

import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Database } from "./control-outbox.ts";
import { auditEntry, auditOrigin } from "./schema/index.ts";

const COLUMNS = {
  id: auditEntry.id,
  orgId: auditEntry.orgId,
  occurredAt: auditEntry.occurredAt,
  actorKind: auditEntry.actorKind,
  actorId: auditEntry.actorId,
  action: auditEntry.action,
  targetId: auditEntry.targetId,
  details: auditEntry.details,
  requestId: auditEntry.requestId,
  ipAddress: auditOrigin.ipAddress,
  userAgent: auditOrigin.userAgent,
} as const;

export interface AuditEntryView
  extends
    Pick<
      typeof auditEntry.$inferSelect,
      "id" | "orgId" | "occurredAt" | "actorKind" | "actorId" | "action" | "targetId" | "details" | "requestId"
    >,
    Pick<typeof auditOrigin.$inferSelect, "ipAddress" | "userAgent"> {}

const entries = (db: Database) =>
  db.select(COLUMNS).from(auditEntry).leftJoin(auditOrigin, eq(auditOrigin.entryId, auditEntry.id));

/** One page of an organization's audit log, newest first. `before`: the id of the last entry of the page before. */
export function listAuditEntries(
  db: Database,
  orgId: string,
  before: string | null,
  limit: number,
): Promise<AuditEntryView[]> {
  return entries(db)
    .where(and(eq(auditEntry.orgId, orgId), before === null ? undefined : lt(auditEntry.id, before)))
    .orderBy(desc(auditEntry.id))
    .limit(limit);
}

/** Who became one is written by the database's owner. As the index `audit_entry_operator` says it. */
const BY_OPERATORS = sql`(actor_kind = 'operator' or action in ('operator.created', 'operator.updated', 'operator.revoked'))`;

/** One page of what operators did, of all organizations and of none. */
export function listOperatorEntries(db: Database, before: string | null, limit: number): Promise<AuditEntryView[]> {
  return entries(db)
    .where(and(BY_OPERATORS, before === null ? undefined : lt(auditEntry.id, before)))
    .orderBy(desc(auditEntry.id))
    .limit(limit);
}

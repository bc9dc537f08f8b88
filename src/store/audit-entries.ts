import { and, desc, eq, lt } from "drizzle-orm";
import type { Database } from "./control-outbox.ts";
import { auditEntry, auditOrigin } from "./schema/index.ts";

/** One page of an organization's audit log, newest first. `before`: the id of the last entry of the page before. */
export function listAuditEntries(db: Database, orgId: string, before: string | null, limit: number) {
  return db
    .select({
      id: auditEntry.id,
      occurredAt: auditEntry.occurredAt,
      actorKind: auditEntry.actorKind,
      actorId: auditEntry.actorId,
      action: auditEntry.action,
      targetId: auditEntry.targetId,
      details: auditEntry.details,
      requestId: auditEntry.requestId,
      ipAddress: auditOrigin.ipAddress,
      userAgent: auditOrigin.userAgent,
    })
    .from(auditEntry)
    .leftJoin(auditOrigin, eq(auditOrigin.entryId, auditEntry.id))
    .where(and(eq(auditEntry.orgId, orgId), before === null ? undefined : lt(auditEntry.id, before)))
    .orderBy(desc(auditEntry.id))
    .limit(limit);
}

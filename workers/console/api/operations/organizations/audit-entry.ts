import { z } from "@hono/zod-openapi";
import type { AuditEntryView } from "#store";
import { idOf, instant } from "../../schemas.ts";

export const auditShape = {
  id: idOf("auditEntry"),
  occurred_at: instant,
  actor: z.strictObject({ kind: z.string(), id: z.string().nullable() }),
  action: z.string(),
  target_id: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string().nullable(),
  ip_address: z.string().nullable(),
  user_agent: z.string().nullable(),
} as const;

export const describeAuditEntry = (entry: AuditEntryView) => ({
  id: entry.id,
  occurred_at: entry.occurredAt.toISOString(),
  actor: { kind: entry.actorKind, id: entry.actorId },
  action: entry.action,
  target_id: entry.targetId,
  details: z.record(z.string(), z.unknown()).parse(entry.details),
  request_id: entry.requestId,
  ip_address: entry.ipAddress,
  user_agent: entry.userAgent,
});

/** As an organization sees it: that it was one of our operators is told, which of them and from where is not. */
export function describeOwnAuditEntry(entry: AuditEntryView) {
  const isOurs = entry.actorKind === "operator";
  return describeAuditEntry(
    isOurs
      ? { ...entry, actorId: null, ipAddress: null, userAgent: null, details: withoutReason(entry.details) }
      : entry,
  );
}

/** What an operator writes for others of ours may name who has complained. */
function withoutReason(details: unknown): unknown {
  const { values, ...rest } = z.looseObject({ values: z.record(z.string(), z.unknown()).optional() }).parse(details);
  if (values === undefined) return rest;
  const { status_reason: _reason, ...shown } = values;
  return { ...rest, values: shown };
}

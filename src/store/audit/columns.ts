import { sql, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { auditEntry, auditSeal } from "../schema/index.ts";

/** With six decimals and without a time zone or a date style, so that the same instant is the same text in any session. */
const epochOf = (column: PgColumn): SQL<string> => sql`extract(epoch from ${column})::text`.mapWith(String);

/** An entry with every column as text: what is sealed is what the database has, to the last digit. */
export const entryColumns = {
  id: auditEntry.id,
  seq: sql`${auditEntry.seq}::text`.mapWith(String),
  orgId: auditEntry.orgId,
  occurredAt: epochOf(auditEntry.occurredAt),
  actorKind: auditEntry.actorKind,
  actorId: auditEntry.actorId,
  action: auditEntry.action,
  targetId: auditEntry.targetId,
  details: sql`${auditEntry.details}::text`.mapWith(String),
  requestId: auditEntry.requestId,
};

export const sealColumns = {
  chain: auditSeal.chain,
  position: auditSeal.position,
  entryId: auditSeal.entryId,
  mac: auditSeal.mac,
  keyVersion: auditSeal.keyVersion,
  sealedAt: epochOf(auditSeal.sealedAt),
};

/** The chain that an entry belongs to, as `chainOf` of #audit says it. */
export const entryChain = sql`coalesce(${auditEntry.orgId}, 'platform')`;

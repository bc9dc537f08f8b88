import { and, asc, count, eq, gte, isNull, lt, notExists, notInArray, sql } from "drizzle-orm";
import { PLATFORM_CHAIN, type AuditEntry } from "#audit";
import { newId } from "#kernel";
import type { Database } from "../control-outbox.ts";
import { auditEntry, auditSeal } from "../schema/index.ts";
import { entryChain, entryColumns } from "./columns.ts";

/** Which entries are looked at: those that were written since an instant, or all where it is null. */
export interface Sweep {
  readonly sinceMs: number | null;
}

/**
 * Entries without a seal, the oldest first. Ids begin with their time and have an index, so that a sweep since an instant
 * reads little, however long the log is.
 */
export async function readUnsealed(
  db: Database,
  { sinceMs, exceptChains, limit }: Sweep & { readonly exceptChains: readonly string[]; readonly limit: number },
): Promise<AuditEntry[]> {
  return db
    .select(entryColumns)
    .from(auditEntry)
    .where(
      and(
        sinceMs === null ? undefined : gte(auditEntry.id, firstIdOf(sinceMs)),
        exceptChains.length === 0 ? undefined : notInArray(entryChain, [...exceptChains]),
        notExists(
          db
            .select({ one: sql`1` })
            .from(auditSeal)
            .where(eq(auditSeal.entryId, auditEntry.id)),
        ),
      ),
    )
    .orderBy(asc(auditEntry.seq))
    .limit(limit);
}

/** How many entries of a sweep wait since before an instant. */
export async function countOverdue(db: Database, { sinceMs }: Sweep, before: Date): Promise<number> {
  const [row] = await db
    .select({ entries: count() })
    .from(auditEntry)
    .where(
      and(
        sinceMs === null ? undefined : gte(auditEntry.id, firstIdOf(sinceMs)),
        lt(auditEntry.occurredAt, before),
        notExists(
          db
            .select({ one: sql`1` })
            .from(auditSeal)
            .where(eq(auditSeal.entryId, auditEntry.id)),
        ),
      ),
    );
  return row?.entries ?? 0;
}

/**
 * The oldest entry of a chain that waits since before an instant, or that was sealed into another chain, where it says
 * nothing of this one; null where there is none.
 */
export async function findOverdue(db: Database, chain: string, before: Date): Promise<string | null> {
  const [row] = await db
    .select({ id: auditEntry.id })
    .from(auditEntry)
    .where(
      and(
        chain === PLATFORM_CHAIN ? isNull(auditEntry.orgId) : eq(auditEntry.orgId, chain),
        lt(auditEntry.occurredAt, before),
        notExists(
          db
            .select({ one: sql`1` })
            .from(auditSeal)
            .where(and(eq(auditSeal.entryId, auditEntry.id), eq(auditSeal.chain, chain))),
        ),
      ),
    )
    .orderBy(asc(auditEntry.seq))
    .limit(1);
  return row?.id ?? null;
}

const firstIdOf = (ms: number): string => newId("auditEntry", { nowMs: () => ms }, (length) => new Uint8Array(length));

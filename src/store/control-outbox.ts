import { and, asc, count, eq, gte, inArray, isNull, lt, min, sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { controlOutbox, organization } from "./schema/index.ts";

/** Any drizzle database over Postgres: Neon's HTTP driver in the Workers, PGlite or `pg` in tests. */
export type Database = Pick<PgDatabase<PgQueryResultHKT>, "select" | "insert" | "update" | "delete" | "execute">;

/** Tries after which a row is set aside: with the longest wait of a quarter of an hour, about a day. */
export const OUTBOX_MAX_TRIES = 100;

export interface PendingEvent {
  readonly seq: bigint;
  readonly tries: number;
  readonly payload: unknown;
}

/** What one Account object has not been told yet, oldest first. */
export interface PendingOrganization {
  readonly orgId: string;
  readonly region: "g" | "e";
  readonly locator: string;
  readonly events: readonly PendingEvent[];
}

export interface OutboxFailure {
  readonly seqs: readonly bigint[];
  readonly code: string;
  /** The new count of tries; `OUTBOX_MAX_TRIES` sets the rows aside. */
  readonly tries: number;
  readonly waitMs: number;
}

const due = and(
  isNull(controlOutbox.appliedAt),
  lt(controlOutbox.tries, OUTBOX_MAX_TRIES),
  sql`${controlOutbox.nextTryAt} <= now()`,
);
const setAside = and(isNull(controlOutbox.appliedAt), gte(controlOutbox.tries, OUTBOX_MAX_TRIES));

/**
 * The organizations with the oldest unapplied events, each with its own first events: no organization's backlog hides
 * another's. An event that waits for its next try is passed over: versions, not order, decide what an object keeps.
 */
export async function readPendingEvents(
  db: Database,
  bounds: { readonly organizations: number; readonly eventsEach: number },
): Promise<PendingOrganization[]> {
  const organizations = db
    .select({ orgId: controlOutbox.orgId, first: min(controlOutbox.seq).as("first") })
    .from(controlOutbox)
    .where(due)
    .groupBy(controlOutbox.orgId)
    .orderBy(asc(min(controlOutbox.seq)))
    .limit(bounds.organizations)
    .as("organizations");
  const head = db
    .select({ seq: controlOutbox.seq, tries: controlOutbox.tries, payload: controlOutbox.payload })
    .from(controlOutbox)
    .where(and(eq(controlOutbox.orgId, organizations.orgId), due))
    .orderBy(asc(controlOutbox.seq))
    .limit(bounds.eventsEach)
    .as("head");
  const rows = await db
    .select({
      orgId: organizations.orgId,
      region: organization.region,
      locator: organization.locator,
      seq: head.seq,
      tries: head.tries,
      payload: head.payload,
    })
    .from(organizations)
    .innerJoin(organization, eq(organization.id, organizations.orgId))
    .innerJoinLateral(head, sql`true`)
    .orderBy(asc(organizations.first), asc(head.seq));
  const byOrganization = new Map<string, PendingOrganization & { events: PendingEvent[] }>();
  for (const { orgId, region, locator, ...event } of rows) {
    const known = byOrganization.get(orgId);
    if (known) known.events.push(event);
    else byOrganization.set(orgId, { orgId, region, locator, events: [event] });
  }
  return [...byOrganization.values()];
}

export async function markEventsApplied(db: Database, seqs: readonly bigint[]): Promise<void> {
  if (seqs.length === 0) return;
  await db
    .update(controlOutbox)
    .set({ appliedAt: sql`now()`, lastErrorCode: null })
    .where(inArray(controlOutbox.seq, [...seqs]));
}

export async function markEventsFailed(db: Database, failure: OutboxFailure): Promise<void> {
  await db
    .update(controlOutbox)
    .set({
      tries: failure.tries,
      lastErrorCode: failure.code,
      nextTryAt: sql`now() + ${failure.waitMs} * interval '1 millisecond'`,
    })
    .where(and(inArray(controlOutbox.seq, [...failure.seqs]), isNull(controlOutbox.appliedAt)));
}

/** Puts set-aside rows back in line, after somebody mended the cause. Answers how many. */
export async function retrySetAsideEvents(db: Database): Promise<number> {
  const rows = await db
    .update(controlOutbox)
    .set({ tries: 0, nextTryAt: sql`now()` })
    .where(setAside)
    .returning({ seq: controlOutbox.seq });
  return rows.length;
}

/** For operators: events that wait, and events that were set aside and want a hand. */
export async function countOutbox(db: Database): Promise<{ readonly waiting: number; readonly setAside: number }> {
  const [row] = await db
    .select({
      waiting: count(sql`case when ${controlOutbox.tries} < ${OUTBOX_MAX_TRIES} then 1 end`),
      setAside: count(sql`case when ${controlOutbox.tries} >= ${OUTBOX_MAX_TRIES} then 1 end`),
    })
    .from(controlOutbox)
    .where(isNull(controlOutbox.appliedAt));
  return row ?? { waiting: 0, setAside: 0 };
}

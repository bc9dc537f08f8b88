import { and, asc, eq, exists, inArray, lt, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { webhookDelivery, webhookEndpoint, webhookEvent } from "../schema/index.ts";

export interface ClaimedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly payload: unknown;
  readonly createdAt: Date;
  /** With this one. */
  readonly attempts: number;
  /** Who settles a failure names it, so that one that was slow undoes neither another's claim nor a replay. */
  readonly claim: number;
}

export interface DeliveryClaim {
  readonly limit: number;
  /** How long nobody else takes them: longer than all of them can take. */
  readonly leaseMs: number;
  readonly attemptsMax: number;
}

/**
 * Takes what is due for one endpoint that is enabled, the longest waiting first, and counts the try before it is made. The
 * rows stay pending: of a sender that dies the next one takes them when the lease is over, so that nothing is lost.
 */
export async function claimDeliveries(
  db: Database,
  endpointId: string,
  { limit, leaseMs, attemptsMax }: DeliveryClaim,
): Promise<ClaimedDelivery[]> {
  const free = db
    .select({ id: webhookDelivery.id })
    .from(webhookDelivery)
    .where(
      and(
        eq(webhookDelivery.endpointId, endpointId),
        eq(webhookDelivery.status, "pending"),
        sql`${webhookDelivery.nextAttemptAt} <= now()`,
        lt(webhookDelivery.attempts, attemptsMax),
        enabled(db),
      ),
    )
    .orderBy(asc(webhookDelivery.nextAttemptAt), asc(webhookDelivery.id))
    .limit(limit)
    .for("update", { skipLocked: true });
  return db
    .update(webhookDelivery)
    .set({
      attempts: sql`${webhookDelivery.attempts} + 1`,
      claims: sql`${webhookDelivery.claims} + 1`,
      lastAttemptAt: sql`now()`,
      nextAttemptAt: sql`now() + ${leaseMs} * interval '1 millisecond'`,
    })
    .from(webhookEvent)
    .where(and(eq(webhookEvent.id, webhookDelivery.eventId), inArray(webhookDelivery.id, free)))
    .returning({
      id: webhookDelivery.id,
      eventId: webhookDelivery.eventId,
      type: webhookEvent.type,
      payload: webhookEvent.payload,
      createdAt: webhookEvent.createdAt,
      attempts: webhookDelivery.attempts,
      claim: webhookDelivery.claims,
    });
}

/** Whether the outer query's delivery is for an endpoint that wants it still. */
function enabled(db: Pick<Database, "select">) {
  return exists(
    db
      .select({ id: webhookEndpoint.id })
      .from(webhookEndpoint)
      .where(and(eq(webhookEndpoint.id, webhookDelivery.endpointId), eq(webhookEndpoint.status, "enabled"))),
  );
}

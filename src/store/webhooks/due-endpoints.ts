import { and, asc, eq, gte, min, ne, or, sql, inArray } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { organization, webhookDelivery, webhookEndpoint } from "../schema/index.ts";

export interface DueEndpoint {
  readonly id: string;
  readonly region: "g" | "e";
}

const due = and(eq(webhookDelivery.status, "pending"), sql`${webhookDelivery.nextAttemptAt} <= now()`);

/** The endpoints for which something is due, the longest waiting first: of all organizations, or of one. */
export function listDueEndpoints(db: Database, orgId: string | null, limit: number): Promise<DueEndpoint[]> {
  return db
    .select({ id: webhookEndpoint.id, region: organization.region })
    .from(webhookDelivery)
    .innerJoin(webhookEndpoint, eq(webhookEndpoint.id, webhookDelivery.endpointId))
    .innerJoin(organization, eq(organization.id, webhookEndpoint.orgId))
    .where(
      and(due, eq(webhookEndpoint.status, "enabled"), orgId === null ? undefined : eq(webhookEndpoint.orgId, orgId)),
    )
    .groupBy(webhookEndpoint.id, organization.region)
    .orderBy(asc(min(webhookDelivery.nextAttemptAt)))
    .limit(limit);
}

/** Deliveries that one run of the cron ends; it comes again in a minute. */
const ENDED_MAX = 1_000;

/**
 * Ends what waits in vain and is due: its last try was made by a sender that died, or it was written while its endpoint was
 * being switched off, or was one of too many to end with it. Answers how many; not all at once where there are very many.
 */
export async function endHopelessDeliveries(db: Database, attemptsMax: number): Promise<number> {
  const switchedOff = db
    .select({ id: webhookEndpoint.id })
    .from(webhookEndpoint)
    .where(ne(webhookEndpoint.status, "enabled"));
  const isSpent = gte(webhookDelivery.attempts, attemptsMax);
  const hopeless = db
    .select({ id: webhookDelivery.id })
    .from(webhookDelivery)
    .where(and(due, or(isSpent, inArray(webhookDelivery.endpointId, switchedOff))))
    .orderBy(asc(webhookDelivery.nextAttemptAt))
    .limit(ENDED_MAX)
    .for("update", { skipLocked: true });
  const ended = await db
    .update(webhookDelivery)
    .set({
      status: "failed",
      nextAttemptAt: null,
      lastErrorCode: sql`case when ${isSpent} then coalesce(${webhookDelivery.lastErrorCode}, 'interrupted')
        else 'endpoint_disabled' end`,
    })
    .where(inArray(webhookDelivery.id, hopeless))
    .returning({ id: webhookDelivery.id });
  return ended.length;
}

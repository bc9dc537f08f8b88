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

/**
 * Ends what waits in vain: its last try was made by a sender that died, or it was written while its endpoint was being
 * switched off. Answers how many.
 */
export async function endHopelessDeliveries(db: Database, attemptsMax: number): Promise<number> {
  const switchedOff = db
    .select({ id: webhookEndpoint.id })
    .from(webhookEndpoint)
    .where(ne(webhookEndpoint.status, "enabled"));
  const ended = await db
    .update(webhookDelivery)
    .set({
      status: "failed",
      nextAttemptAt: null,
      lastErrorCode: sql`coalesce(${webhookDelivery.lastErrorCode}, 'interrupted')`,
    })
    .where(and(due, or(gte(webhookDelivery.attempts, attemptsMax), inArray(webhookDelivery.endpointId, switchedOff))))
    .returning({ id: webhookDelivery.id });
  return ended.length;
}

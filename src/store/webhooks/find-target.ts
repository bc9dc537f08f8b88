import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { organization, webhookEndpoint } from "../schema/index.ts";

/** What the sender needs of an endpoint. */
export interface WebhookTarget {
  readonly id: string;
  readonly orgId: string;
  readonly organizationName: string;
  readonly url: string;
  readonly status: "enabled" | "disabled" | "auto_disabled";
  readonly sealedSecret: string;
  /** Null once its time is over. */
  readonly sealedPrevious: string | null;
}

export async function findWebhookTarget(db: Database, endpointId: string): Promise<WebhookTarget | null> {
  const [row] = await db
    .select({
      id: webhookEndpoint.id,
      orgId: webhookEndpoint.orgId,
      organizationName: organization.name,
      url: webhookEndpoint.url,
      status: webhookEndpoint.status,
      sealedSecret: webhookEndpoint.sealedSecret,
      sealedPrevious: sql<
        string | null
      >`case when ${webhookEndpoint.previousEndsAt} > now() then ${webhookEndpoint.sealedPrevious} end`,
    })
    .from(webhookEndpoint)
    .innerJoin(organization, eq(organization.id, webhookEndpoint.orgId))
    .where(eq(webhookEndpoint.id, endpointId));
  return row ?? null;
}

const waitRows = z.object({ rows: z.array(z.object({ wait: z.number().nullable() })) });

/**
 * When something can be claimed for the endpoint next, ms from now, not below zero; null where nothing waits. What has had
 * all its tries is the cron's to end (`endHopelessDeliveries`): who came for it would come again and again.
 */
export async function nextDueMs(db: Database, endpointId: string, attemptsMax: number): Promise<number | null> {
  const found = await db.execute(sql`
    select ceil(extract(epoch from min(next_attempt_at) - now()) * 1000)::int as wait
    from webhook_delivery where endpoint_id = ${endpointId} and status = 'pending' and attempts < ${attemptsMax}`);
  const waitMs = waitRows.parse(found).rows[0]?.wait ?? null;
  return waitMs === null ? null : Math.max(waitMs, 0);
}

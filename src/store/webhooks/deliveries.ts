import { and, desc, eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../control-outbox.ts";
import { webhookDelivery, webhookEvent } from "../schema/index.ts";

const COLUMNS = {
  id: webhookDelivery.id,
  endpointId: webhookDelivery.endpointId,
  eventId: webhookDelivery.eventId,
  type: webhookEvent.type,
  status: webhookDelivery.status,
  attempts: webhookDelivery.attempts,
  nextAttemptAt: webhookDelivery.nextAttemptAt,
  lastAttemptAt: webhookDelivery.lastAttemptAt,
  lastStatus: webhookDelivery.lastStatus,
  lastErrorCode: webhookDelivery.lastErrorCode,
  lastDurationMs: webhookDelivery.lastDurationMs,
  deliveredAt: webhookDelivery.deliveredAt,
  createdAt: webhookDelivery.createdAt,
  payload: webhookEvent.payload,
  occurredAt: webhookEvent.createdAt,
} as const;

export type WebhookDeliveryView = Pick<
  typeof webhookDelivery.$inferSelect,
  Exclude<keyof typeof COLUMNS, "type" | "payload" | "occurredAt">
> & {
  readonly type: string;
  readonly payload: unknown;
  readonly occurredAt: Date;
};
export type WebhookDeliveryStatus = WebhookDeliveryView["status"];

const ofEndpoint = (orgId: string, endpointId: string) =>
  and(eq(webhookDelivery.orgId, orgId), eq(webhookDelivery.endpointId, endpointId));

/** One page of an endpoint's deliveries, newest first. */
export function listWebhookDeliveries(
  db: Database,
  {
    orgId,
    endpointId,
    status,
    before,
  }: {
    readonly orgId: string;
    readonly endpointId: string;
    readonly status: WebhookDeliveryStatus | null;
    readonly before: string | null;
  },
  limit: number,
): Promise<WebhookDeliveryView[]> {
  return db
    .select(COLUMNS)
    .from(webhookDelivery)
    .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
    .where(
      and(
        ofEndpoint(orgId, endpointId),
        status === null ? undefined : eq(webhookDelivery.status, status),
        before === null ? undefined : lt(webhookDelivery.id, before),
      ),
    )
    .orderBy(desc(webhookDelivery.id))
    .limit(limit);
}

export async function findWebhookDelivery(
  db: Database,
  orgId: string,
  endpointId: string,
  id: string,
): Promise<WebhookDeliveryView | null> {
  const [row] = await db
    .select(COLUMNS)
    .from(webhookDelivery)
    .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
    .where(and(ofEndpoint(orgId, endpointId), eq(webhookDelivery.id, id)));
  return row ?? null;
}

const replayedRows = z.object({ rows: z.tuple([z.object({ replayed: z.number().nullable() })]) });

/**
 * Sends one delivery again, whatever became of it. False where the organization has no such endpoint that is enabled, or that
 * no such delivery. The database refuses more than so many an hour (PR014).
 */
export async function replayDelivery(db: Database, orgId: string, endpointId: string, id: string): Promise<boolean> {
  const result = await db.execute(
    sql`select replay_webhook_deliveries(${orgId}, ${endpointId}, ${id}, null, 1) as replayed`,
  );
  return (replayedRows.parse(result).rows[0].replayed ?? 0) > 0;
}

/**
 * Sends those again that failed of events since an instant, the oldest first, so many at most. Answers how many. The database
 * refuses more than so many an hour (PR014).
 */
export async function replayFailedDeliveries(
  db: Database,
  orgId: string,
  endpointId: string,
  since: Date,
  limit: number,
): Promise<number> {
  const result = await db.execute(sql`
    select replay_webhook_deliveries(${orgId}, ${endpointId}, null, ${since.toISOString()}::timestamptz, ${limit})
      as replayed`);
  return replayedRows.parse(result).rows[0].replayed ?? 0;
}

const testRows = z.object({ rows: z.array(z.object({ id: z.string().nullable() })) });

/** Writes a test event for the endpoint; null where the organization has no such endpoint that is enabled. */
export async function sendWebhookTest(db: Database, orgId: string, endpointId: string): Promise<string | null> {
  const result = await db.execute(sql`select send_webhook_test(${orgId}, ${endpointId}) as id`);
  return testRows.parse(result).rows[0]?.id ?? null;
}

import { and, eq, isNull, ne, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { webhookDelivery, webhookEndpoint } from "../schema/index.ts";

export interface AttemptFacts {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly claim: number;
  /** Null: no answer. */
  readonly status: number | null;
  readonly durationMs: number;
}

const facts = ({ status, durationMs }: AttemptFacts) => ({ lastStatus: status, lastDurationMs: durationMs });

/** It was taken: that holds whoever else has claimed it since. */
export async function markDelivered(db: Database, attempt: AttemptFacts): Promise<void> {
  await db
    .update(webhookDelivery)
    .set({
      ...facts(attempt),
      status: "delivered",
      nextAttemptAt: null,
      lastErrorCode: null,
      deliveredAt: sql`now()`,
    })
    .where(and(eq(webhookDelivery.id, attempt.deliveryId), ne(webhookDelivery.status, "delivered")));
  await db
    .update(webhookEndpoint)
    .set({ failingSince: null })
    .where(and(eq(webhookEndpoint.id, attempt.endpointId), sql`${webhookEndpoint.failingSince} is not null`));
}

/** Whether the delivery waits, and nobody has claimed or replayed it since. */
const stillClaimed = ({ deliveryId, claim }: Pick<AttemptFacts, "deliveryId" | "claim">) =>
  and(eq(webhookDelivery.id, deliveryId), eq(webhookDelivery.status, "pending"), eq(webhookDelivery.claims, claim));

/**
 * It was not taken: tried again after `waitMs`, or failed where that is null. Changes nothing of the delivery where somebody
 * else has claimed or replayed it since. Answers since when the endpoint has only failed, or null where it is not there, not
 * enabled, or leads elsewhere than to the `url` that was tried: that one is not to blame.
 */
export async function markAttemptFailed(
  db: Database,
  attempt: AttemptFacts & { readonly code: string; readonly waitMs: number | null; readonly url: string },
): Promise<Date | null> {
  const { waitMs } = attempt;
  const next =
    waitMs === null
      ? ({ status: "failed", nextAttemptAt: null } as const)
      : { nextAttemptAt: sql`now() + ${waitMs} * interval '1 millisecond'` };
  await db
    .update(webhookDelivery)
    .set({ ...facts(attempt), ...next, lastErrorCode: attempt.code })
    .where(stillClaimed(attempt));
  const enabled = and(
    eq(webhookEndpoint.id, attempt.endpointId),
    eq(webhookEndpoint.url, attempt.url),
    eq(webhookEndpoint.status, "enabled"),
  );
  await db
    .update(webhookEndpoint)
    .set({ failingSince: sql`now()` })
    .where(and(enabled, isNull(webhookEndpoint.failingSince)));
  const [row] = await db.select({ since: webhookEndpoint.failingSince }).from(webhookEndpoint).where(enabled);
  return row?.since ?? null;
}

/** A try that was not the endpoint's fault: it is not blamed, and the delivery waits. */
export async function postponeDelivery(
  db: Database,
  attempt: Pick<AttemptFacts, "deliveryId" | "claim">,
  code: string,
  waitMs: number,
): Promise<void> {
  await db
    .update(webhookDelivery)
    .set({ lastErrorCode: code, nextAttemptAt: sql`now() + ${waitMs} * interval '1 millisecond'` })
    .where(stillClaimed(attempt));
}

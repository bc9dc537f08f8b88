import { and, eq, inArray, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { webhookEndpoint } from "../schema/index.ts";
import { ENDPOINT_COLUMNS, type WebhookEndpointView } from "./endpoints.ts";

/** Secrets that one run of the cron forgets; it comes again in a minute. */
const ENDED_MAX = 500;

const hasEnded = lte(webhookEndpoint.previousEndsAt, sql`now()`);

/**
 * Signs with a new secret from now on, and with the one before it as well until `previousEndsAt`. Null where the organization
 * has no such endpoint, or where the one before the last rotation signs still: it would stop before its time.
 */
export async function rotateWebhookSecret(
  db: Database,
  orgId: string,
  id: string,
  sealedSecret: string,
  previousEndsAt: Date,
): Promise<WebhookEndpointView | null> {
  const [row] = await db
    .update(webhookEndpoint)
    .set({ sealedSecret, sealedPrevious: sql`${webhookEndpoint.sealedSecret}`, previousEndsAt })
    .where(
      and(
        eq(webhookEndpoint.orgId, orgId),
        eq(webhookEndpoint.id, id),
        or(isNull(webhookEndpoint.previousEndsAt), hasEnded),
      ),
    )
    .returning(ENDPOINT_COLUMNS);
  return row ?? null;
}

/** Forgets the secrets before rotations whose time is over. Answers how many. */
export async function forgetPreviousSecrets(db: Database): Promise<number> {
  const ended = db
    .select({ id: webhookEndpoint.id })
    .from(webhookEndpoint)
    .where(hasEnded)
    .orderBy(webhookEndpoint.previousEndsAt)
    .limit(ENDED_MAX);
  const forgotten = await db
    .update(webhookEndpoint)
    .set({ sealedPrevious: null, previousEndsAt: null })
    // Once more: it may have been rotated since.
    .where(and(inArray(webhookEndpoint.id, ended), hasEnded))
    .returning({ id: webhookEndpoint.id });
  return forgotten.length;
}

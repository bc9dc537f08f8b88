import { and, desc, eq, lt } from "drizzle-orm";
import type { Database } from "../control-outbox.ts";
import { webhookEndpoint } from "../schema/index.ts";
import { isUniqueViolation } from "../unique-violation.ts";

/** What is shown of an endpoint: never its secrets. */
export const ENDPOINT_COLUMNS = {
  id: webhookEndpoint.id,
  url: webhookEndpoint.url,
  description: webhookEndpoint.description,
  events: webhookEndpoint.events,
  status: webhookEndpoint.status,
  disabledReason: webhookEndpoint.disabledReason,
  disabledAt: webhookEndpoint.disabledAt,
  previousEndsAt: webhookEndpoint.previousEndsAt,
  failingSince: webhookEndpoint.failingSince,
  createdAt: webhookEndpoint.createdAt,
  updatedAt: webhookEndpoint.updatedAt,
} as const;

export type WebhookEndpointView = Pick<typeof webhookEndpoint.$inferSelect, keyof typeof ENDPOINT_COLUMNS>;

export interface NewWebhookEndpoint {
  readonly id: string;
  readonly orgId: string;
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly string[] | null;
  readonly sealedSecret: string;
}

const own = (orgId: string, id: string) => and(eq(webhookEndpoint.orgId, orgId), eq(webhookEndpoint.id, id));
const copied = (events: readonly string[] | null) => (events === null ? null : [...events]);

/**
 * The database refuses it (PR014) where the organization has as many as there may be. Null where it has one at this address:
 * each sends as much again.
 */
export async function createWebhookEndpoint(
  db: Database,
  endpoint: NewWebhookEndpoint,
): Promise<WebhookEndpointView | null> {
  const [row] = await db
    .insert(webhookEndpoint)
    .values({ ...endpoint, events: copied(endpoint.events) })
    .onConflictDoNothing({ target: [webhookEndpoint.orgId, webhookEndpoint.url] })
    .returning(ENDPOINT_COLUMNS);
  return row ?? null;
}

export async function findWebhookEndpoint(
  db: Database,
  orgId: string,
  id: string,
): Promise<WebhookEndpointView | null> {
  const [row] = await db.select(ENDPOINT_COLUMNS).from(webhookEndpoint).where(own(orgId, id));
  return row ?? null;
}

/** One page of an organization's endpoints, newest first. `before` is the last of the page before. */
export function listWebhookEndpoints(
  db: Database,
  orgId: string,
  before: string | null,
  limit: number,
): Promise<WebhookEndpointView[]> {
  return db
    .select(ENDPOINT_COLUMNS)
    .from(webhookEndpoint)
    .where(and(eq(webhookEndpoint.orgId, orgId), before === null ? undefined : lt(webhookEndpoint.id, before)))
    .orderBy(desc(webhookEndpoint.id))
    .limit(limit);
}

export interface WebhookEndpointChanges {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  readonly events?: readonly string[] | null | undefined;
  readonly status?: "enabled" | "disabled" | undefined;
}

/** Null where the organization has no such endpoint; "taken" where it has another at the address. */
export async function updateWebhookEndpoint(
  db: Database,
  orgId: string,
  id: string,
  { events, ...changes }: WebhookEndpointChanges,
): Promise<WebhookEndpointView | "taken" | null> {
  try {
    const [row] = await db
      .update(webhookEndpoint)
      // A change of nothing is one: the row is read back.
      .set({
        ...changes,
        url: changes.url ?? webhookEndpoint.url,
        ...(events !== undefined && { events: copied(events) }),
      })
      .where(own(orgId, id))
      .returning(ENDPOINT_COLUMNS);
    return row ?? null;
  } catch (error) {
    if (isUniqueViolation(error)) return "taken";
    throw error;
  }
}

/** Its deliveries go with it. False where the organization has no such endpoint. */
export async function deleteWebhookEndpoint(db: Database, orgId: string, id: string): Promise<boolean> {
  const gone = await db.delete(webhookEndpoint).where(own(orgId, id)).returning({ id: webhookEndpoint.id });
  return gone.length > 0;
}

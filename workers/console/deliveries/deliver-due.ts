import type { Clock, RandomBytes } from "#kernel";
import { encodeWebhookEvent, signWebhook, WEBHOOK_ATTEMPTS_MAX, webhookWaitMs, type MailContext } from "#notify";
import {
  claimDeliveries,
  findWebhookTarget,
  markDelivered,
  nextDueMs,
  postponeDelivery,
  type ClaimedDelivery,
  type Database,
  type WebhookTarget,
} from "#store";
import type { Logger } from "../../http/logger.ts";
import { openSecret, type DerivedKey } from "../identity/seal-secret.ts";
import { attemptDelivery } from "./attempt-delivery.ts";
import { isDeliverableUrl } from "./is-deliverable-url.ts";
import { settleFailure } from "./settle-failure.ts";

export interface DeliveryServices {
  readonly db: Database;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly logger: Logger;
  /** Opens the endpoints' signing secrets. */
  readonly key: DerivedKey;
  /** For telling that an endpoint was disabled. */
  readonly mail: MailContext;
  /** On one machine alone. */
  readonly allowsLoopback: boolean;
}

export interface DeliveryReport {
  readonly delivered: number;
  readonly failed: number;
  /** When to come again, ms from now; null where nothing waits. */
  readonly nextMs: number | null;
}

/** Deliveries of one claim, so many at a time. */
const CLAIM_MAX = 8;
const PARALLEL = 4;
/** Longer than all of a claim can take with every try at its timeout. */
export const DELIVERY_LEASE_MS = 120_000;
/** One run claims at most so often; the object's alarm comes again at once. */
const CLAIMS_MAX = 10;
/** Where nothing of a claim was taken, the endpoint is left alone for a while. */
const REST_MS = 30_000;

/** Sends what is due for one endpoint. Runs in its object, so that a slow one holds up nobody else. */
export async function deliverDue(services: DeliveryServices, endpointId: string): Promise<DeliveryReport> {
  const total = { delivered: 0, failed: 0 };
  let restMs = 0;
  for (let claim = 0; claim < CLAIMS_MAX && restMs === 0; claim += 1) {
    // Read anew for each claim: it may have been switched off, moved or given another secret since.
    const target = await findWebhookTarget(services.db, endpointId);
    if (target?.status !== "enabled") return { ...total, nextMs: null };
    const bounds = { limit: CLAIM_MAX, leaseMs: DELIVERY_LEASE_MS, attemptsMax: WEBHOOK_ATTEMPTS_MAX };
    const claimed = await claimDeliveries(services.db, endpointId, bounds);
    const delivered = await deliverClaimed(services, target, claimed);
    total.delivered += delivered;
    total.failed += claimed.length - delivered;
    if (claimed.length > 0 && delivered === 0) restMs = REST_MS;
    if (claimed.length < CLAIM_MAX) break;
  }
  const dueMs = await nextDueMs(services.db, endpointId, WEBHOOK_ATTEMPTS_MAX);
  return { ...total, nextMs: dueMs === null ? null : Math.max(dueMs, restMs) };
}

/** Answers how many were taken. Once the endpoint says that it is gone, the rest is not sent: it was ended with it. */
async function deliverClaimed(
  services: DeliveryServices,
  target: WebhookTarget,
  claimed: readonly ClaimedDelivery[],
): Promise<number> {
  if (claimed.length === 0) return 0;
  const secrets = await openSecrets(services, target);
  const outcomes: Outcome[] = [];
  for (let start = 0; start < claimed.length && !outcomes.includes("gone"); start += PARALLEL) {
    const group = claimed.slice(start, start + PARALLEL);
    outcomes.push(...(await Promise.all(group.map((one) => deliverOne(services, target, secrets, one)))));
  }
  return outcomes.filter((outcome) => outcome === "delivered").length;
}

type Outcome = "delivered" | "gone" | "failed";
type Secrets = readonly [string, ...string[]] | null;

/** The current one first. Null where it does not open. */
async function openSecrets({ key }: DeliveryServices, target: WebhookTarget): Promise<Secrets> {
  const { id, sealedSecret, sealedPrevious } = target;
  const current = await openSecret(key, id, sealedSecret);
  if (current === null) return null;
  const previous = sealedPrevious === null ? null : await openSecret(key, id, sealedPrevious);
  return previous === null ? [current] : [current, previous];
}

async function deliverOne(
  services: DeliveryServices,
  target: WebhookTarget,
  secrets: Secrets,
  { id: deliveryId, eventId, attempts, claim, ...event }: ClaimedDelivery,
): Promise<Outcome> {
  const { db, clock, random, logger } = services;
  if (secrets === null) {
    // Ours to mend. What is never sent unsigned waits; after its last try it is ended as hopeless.
    logger("error", { message: "webhook_secret_unreadable", org_id: target.orgId });
    await postponeDelivery(db, { deliveryId, claim }, "secret_unreadable", webhookWaitMs(attempts, null, random) ?? 0);
    return "failed";
  }
  const attempt = { deliveryId, endpointId: target.id, claim };
  if (!isDeliverableUrl(target.url, services.allowsLoopback)) {
    const refused = { status: null, durationMs: 0, code: "address_refused", waitMs: null };
    await settleFailure(services, target, { ...attempt, ...refused }, "failed");
    return "failed";
  }
  const body = encodeWebhookEvent(event);
  const headers = signWebhook(secrets, { id: eventId, atMs: clock.nowMs(), body });
  const result = await attemptDelivery(services, { url: target.url, body, headers });
  const { outcome, status, durationMs } = result;
  if (outcome === "delivered") {
    await markDelivered(db, { ...attempt, status, durationMs });
    return "delivered";
  }
  const code = outcome === "gone" ? "gone" : result.code;
  const waitMs = outcome === "gone" ? null : webhookWaitMs(attempts, result.retryAfterMs, random);
  await settleFailure(services, target, { ...attempt, status, durationMs, code, waitMs }, outcome);
  return outcome;
}

import { WEBHOOK_ATTEMPTS_MAX } from "#notify";
import {
  endHopelessDeliveries,
  forgetPreviousSecrets,
  listDueEndpoints,
  type Database,
  type DueEndpoint,
} from "#store";
import type { Logger } from "../../http/logger.ts";
import type { DeliveryReport } from "./deliver-due.ts";

/** The objects that send, one per endpoint. */
export interface WebhookSenders {
  /** Makes it send soon, and does not wait for that. */
  wake(endpoint: DueEndpoint): Promise<void>;
  /** Makes it send now. */
  deliver(endpoint: DueEndpoint): Promise<DeliveryReport>;
}

export interface DispatchServices {
  readonly db: Database;
  readonly senders: WebhookSenders;
  readonly logger: Logger;
}

/** Endpoints of one run, so many at a time; the cron comes again in a minute, and the longest waiting are first. */
const ENDPOINTS_MAX = 500;
const PARALLEL = 20;

/**
 * Wakes the objects of all endpoints for which something is due; those that wait for their own next try wake themselves. Ends
 * what waits in vain, and forgets secrets that sign no more.
 */
export async function dispatchDeliveries(services: DispatchServices): Promise<void> {
  const { db, senders, logger } = services;
  const ended = (await endHopelessDeliveries(db, WEBHOOK_ATTEMPTS_MAX)) + (await forgetPreviousSecrets(db));
  const endpoints = await listDueEndpoints(db, null, ENDPOINTS_MAX);
  const failed = await inGroups(endpoints, (endpoint) => senders.wake(endpoint));
  if (ended + endpoints.length > 0)
    logger(failed > 0 ? "error" : "info", {
      message: "webhooks_dispatched",
      applied: endpoints.length - failed,
      failed,
    });
}

/** The same for one organization that has just changed something: nobody waits for the cron. */
export async function dispatchOrganization({ db, senders, logger }: DispatchServices, orgId: string): Promise<void> {
  const endpoints = await listDueEndpoints(db, orgId, ENDPOINTS_MAX);
  const failed = await inGroups(endpoints, (endpoint) => senders.wake(endpoint));
  if (failed > 0) logger("warn", { message: "webhooks_dispatched", org_id: orgId, failed });
}

/** Sends all that is due now and answers what became of it. */
export async function deliverEverything({ db, senders }: DispatchServices): Promise<Omit<DeliveryReport, "nextMs">> {
  await endHopelessDeliveries(db, WEBHOOK_ATTEMPTS_MAX);
  const total = { delivered: 0, failed: 0 };
  await inGroups(await listDueEndpoints(db, null, ENDPOINTS_MAX), async (endpoint) => {
    const { delivered, failed } = await senders.deliver(endpoint);
    total.delivered += delivered;
    total.failed += failed;
  });
  return total;
}

/** Answers how many failed: one object that cannot be reached keeps no other from its work. */
async function inGroups(
  endpoints: readonly DueEndpoint[],
  work: (endpoint: DueEndpoint) => Promise<void>,
): Promise<number> {
  let failed = 0;
  for (let start = 0; start < endpoints.length; start += PARALLEL) {
    const results = await Promise.allSettled(endpoints.slice(start, start + PARALLEL).map(work));
    failed += results.filter(({ status }) => status === "rejected").length;
  }
  return failed;
}

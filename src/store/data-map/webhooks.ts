import type { MappedHolding } from "#privacy";
import { webhookDelivery, webhookEndpoint, webhookEvent } from "../schema/index.ts";
import { mapKeys, mapTable } from "./map-table.ts";
import { accountDetail, accountGenerated, operational } from "./rules.ts";

const OF_ORGANIZATION = { column: "org_id", of: "organization" } as const;
const setting = { ...accountDetail, purposes: ["communications"] } as const;
const generated = { ...accountGenerated, purposes: ["communications"] } as const;
const sealed = { ...generated, export: false } as const;
/** What is sent goes where the organization said. */
const told = { ...generated, recipients: ["neon", "cloudflare", "customer"] } as const;

export const webhookHoldings: readonly MappedHolding[] = [
  mapTable(webhookEndpoint, {
    subjects: ["customer", "member"],
    ownedVia: OF_ORGANIZATION,
    retention: "account",
    fields: {
      id: generated,
      org_id: generated,
      url: setting,
      description: setting,
      events: setting,
      status: setting,
      disabled_reason: generated,
      disabled_at: generated,
      sealed_secret: sealed,
      sealed_previous: sealed,
      previous_ends_at: generated,
      failing_since: operational,
      replays_since: operational,
      replays: operational,
      failed_replays: operational,
      created_at: generated,
      updated_at: generated,
    },
  }),
  mapTable(webhookEvent, {
    subjects: ["customer", "api_user"],
    ownedVia: OF_ORGANIZATION,
    retention: "diagnostics",
    fields: { id: told, org_id: generated, type: told, payload: told, created_at: told },
  }),
  mapTable(webhookDelivery, {
    subjects: ["customer"],
    ownedVia: OF_ORGANIZATION,
    retention: "diagnostics",
    fields: {
      id: generated,
      org_id: generated,
      endpoint_id: generated,
      event_id: generated,
      status: generated,
      attempts: operational,
      claims: operational,
      next_attempt_at: operational,
      last_attempt_at: operational,
      last_status: { ...generated, origin: "received" },
      last_error_code: operational,
      last_duration_ms: operational,
      delivered_at: generated,
      created_at: generated,
    },
  }),
  // What the object of an endpoint knows of itself: which it is. Its next alarm is the platform's.
  mapKeys("webhook_sender", {
    subjects: ["customer"],
    ownedVia: "nobody",
    retention: "account",
    fields: { endpoint: { ...generated, recipients: ["cloudflare"] } },
  }),
];

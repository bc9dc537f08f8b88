import { z } from "@hono/zod-openapi";
import { AppError } from "#kernel";
import { WEBHOOK_EVENT_NAMES } from "#notify";
import type { WebhookDeliveryView, WebhookEndpointView } from "#store";
import type { ApiContext } from "../../context.ts";
import { idOf, instant, isoOrNull, name } from "../../schemas.ts";

const URL_CHARACTERS_MAX = 2_048;

export const webhookPath = z.strictObject({ org: idOf("organization"), webhook: idOf("webhookEndpoint") });
export const deliveryPath = webhookPath.extend({ delivery: idOf("webhookDelivery") });

/** What is set of an endpoint. `events` null: all types, those to come among them. */
export const webhookSettings = {
  url: z.string().max(URL_CHARACTERS_MAX).openapi({ format: "uri", example: "https://example.com/webhooks" }),
  description: name.nullable(),
  events: z.array(z.enum(WEBHOOK_EVENT_NAMES)).min(1).max(WEBHOOK_EVENT_NAMES.length).nullable(),
} as const;

export const webhookShape = {
  id: idOf("webhookEndpoint"),
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()).nullable(),
  status: z.enum(["enabled", "disabled", "auto_disabled"]),
  /** Why we disabled it: it answered 410, or had only failed for five days. */
  disabled_reason: z.enum(["gone", "failing"]).nullable(),
  disabled_at: instant.nullable(),
  /** Until when the secret before the last rotation signs beside the new one. */
  previous_secret_ends_at: instant.nullable(),
  failing_since: instant.nullable(),
  created_at: instant,
  updated_at: instant,
} as const;

/** An endpoint as members see it. Its secret was shown once, when it was made. */
export function describeWebhook(endpoint: WebhookEndpointView) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    disabled_at: isoOrNull(endpoint.disabledAt),
    previous_secret_ends_at: isoOrNull(endpoint.previousEndsAt),
    failing_since: isoOrNull(endpoint.failingSince),
    created_at: endpoint.createdAt.toISOString(),
    updated_at: endpoint.updatedAt.toISOString(),
  };
}

export const deliveryStatus = z.enum(["pending", "delivered", "failed"]);

export const deliveryShape = {
  id: idOf("webhookDelivery"),
  endpoint_id: idOf("webhookEndpoint"),
  event: z.strictObject({
    /** The `webhook-id` of every try. */
    id: idOf("webhookEvent"),
    /** One of those that can be chosen, or `webhook.test`. More may come. */
    type: z.string().openapi({ example: "key.created" }),
    created_at: instant,
  }),
  status: deliveryStatus,
  attempts: z.int(),
  next_attempt_at: instant.nullable(),
  last_attempt_at: instant.nullable(),
  /** The HTTP status of the last answer. */
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  last_duration_ms: z.int().nullable(),
  delivered_at: instant.nullable(),
  created_at: instant,
} as const;

export function describeDelivery(delivery: WebhookDeliveryView) {
  return {
    id: delivery.id,
    endpoint_id: delivery.endpointId,
    event: {
      id: delivery.eventId,
      type: delivery.type,
      created_at: delivery.occurredAt.toISOString(),
    },
    status: delivery.status,
    attempts: delivery.attempts,
    next_attempt_at: isoOrNull(delivery.nextAttemptAt),
    last_attempt_at: isoOrNull(delivery.lastAttemptAt),
    last_status: delivery.lastStatus,
    last_error: delivery.lastErrorCode,
    last_duration_ms: delivery.lastDurationMs,
    delivered_at: isoOrNull(delivery.deliveredAt),
    created_at: delivery.createdAt.toISOString(),
  };
}

/** The address as it will be sent to: written the one way that every parser reads. Throws where nothing would be sent. */
export function deliverableUrl(context: ApiContext, text: string): string {
  const url = URL.parse(text)?.href ?? "";
  if (context.get("services").isDeliverableUrl(text) && context.get("services").isDeliverableUrl(url)) return url;
  const reason = "has to be an https URL of a public host on port 443, without a name or password in it.";
  throw new AppError("invalid_parameter", { param: "url", params: { param: "url", reason } });
}

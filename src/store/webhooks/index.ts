export { claimDeliveries, type ClaimedDelivery, type DeliveryClaim } from "./claim-deliveries.ts";
export {
  findWebhookDelivery,
  listWebhookDeliveries,
  replayDelivery,
  replayFailedDeliveries,
  sendWebhookTest,
  type WebhookDeliveryStatus,
  type WebhookDeliveryView,
} from "./deliveries.ts";
export { autoDisableEndpoint, listWebhookRecipients, type WebhookRecipient } from "./disable-endpoint.ts";
export { endHopelessDeliveries, listDueEndpoints, type DueEndpoint } from "./due-endpoints.ts";
export {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookEndpoints,
  updateWebhookEndpoint,
  type NewWebhookEndpoint,
  type WebhookEndpointChanges,
  type WebhookEndpointView,
} from "./endpoints.ts";
export { findWebhookTarget, nextDueMs, type WebhookTarget } from "./find-target.ts";
export { forgetPreviousSecrets, rotateWebhookSecret } from "./rotate-secret.ts";
export { markAttemptFailed, markDelivered, postponeDelivery, type AttemptFacts } from "./settle-delivery.ts";

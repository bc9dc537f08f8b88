export {
  WEBHOOK_ENDPOINTS_MAX,
  WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX,
  WEBHOOK_FAILING_MAX_MS,
  WEBHOOK_OVERLAP_MS,
  WEBHOOK_REPLAYS_AN_HOUR_MAX,
  WEBHOOK_REPLAYS_MAX,
  WEBHOOK_TESTS_AN_HOUR_MAX,
} from "./bounds.ts";
export { encodeWebhookEvent } from "./encode-event.ts";
export { WEBHOOK_EVENT_NAMES, WEBHOOK_EVENTS, WEBHOOK_TEST_EVENT, type WebhookEventName } from "./event-types.ts";
export { WEBHOOK_ATTEMPTS_MAX, webhookWaitMs } from "./retry-schedule.ts";
export { newWebhookSecret, signWebhook } from "./sign.ts";

/** Endpoints of one organization: held by a trigger, migrations/0018. */
export const WEBHOOK_ENDPOINTS_MAX = 20;
/** Presses of the test button for one endpoint: held by `send_webhook_test`, migrations/0018. */
export const WEBHOOK_TESTS_AN_HOUR_MAX = 30;
/** Deliveries that one call may replay of those that failed. */
export const WEBHOOK_REPLAYS_MAX = 500;
/** Replays of single deliveries to one endpoint: held by `replay_webhook_deliveries`, migrations/0018. */
export const WEBHOOK_REPLAYS_AN_HOUR_MAX = 30;
/** Replays to one endpoint of those that failed: held there too. */
export const WEBHOOK_FAILED_REPLAYS_AN_HOUR_MAX = 1_000;
/** How long the secret before a rotation signs beside the new one. */
export const WEBHOOK_OVERLAP_MS = 24 * 3_600_000;
/** An endpoint that has only failed for so long is disabled. */
export const WEBHOOK_FAILING_MAX_MS = 5 * 24 * 3_600_000;

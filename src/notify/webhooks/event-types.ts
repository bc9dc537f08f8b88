/** What a type of event tells, for the docs and for who chooses what to hear of. */
export interface WebhookEventType {
  readonly summary: string;
  /** The members of `data`. */
  readonly data: readonly string[];
}

const KEY = ["id", "name", "prefix", "last_four", "mode", "status", "member_id", "expires_at", "created_at"] as const;

/** Every type of event that something produces (migrations/0018). The API's list and the docs come from here. */
export const WEBHOOK_EVENTS = {
  "key.created": { summary: "An API key was made.", data: KEY },
  "key.updated": {
    summary: "An API key was changed: its settings, its status, or its end, as the old one's at a rotation.",
    data: [...KEY, "changed"],
  },
  "key.rotated": { summary: "A key got a successor, which this is.", data: [...KEY, "rotated_from"] },
  "key.revoked": { summary: "An API key was revoked, by somebody or because its member left.", data: KEY },
  "budget.threshold": {
    summary: "50, 80 or 100 percent of a budget are used.",
    data: ["id", "scope", "period", "period_name", "percent", "limit_usd", "spent_usd", "occurred_at"],
  },
} as const satisfies Record<string, WebhookEventType>;

export type WebhookEventName = keyof typeof WEBHOOK_EVENTS;

/** Sent by the test button alone, to the one endpoint, whatever it wants to hear of. */
export const WEBHOOK_TEST_EVENT = "webhook.test";

export const WEBHOOK_EVENT_NAMES: readonly WebhookEventName[] = Object.keys(WEBHOOK_EVENTS).filter(isWebhookEventName);

export function isWebhookEventName(name: string): name is WebhookEventName {
  return Object.hasOwn(WEBHOOK_EVENTS, name);
}

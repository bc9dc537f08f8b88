import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, pgTable, smallint, text, unique, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";
import { organization } from "./control.ts";

/** Where an organization wants to be told of events. Its secrets are sealed with a key that only the console has. */
export const webhookEndpoint = pgTable(
  "webhook_endpoint",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    url: text("url").notNull(),
    description: text("description"),
    /** Of which types it is told; null: of all. */
    events: text("events").array(),
    status: text("status", { enum: ["enabled", "disabled", "auto_disabled"] })
      .notNull()
      .default("enabled"),
    /** Why we disabled it: it said that it is gone for good, or has only failed for days. */
    disabledReason: text("disabled_reason", { enum: ["gone", "failing"] }),
    disabledAt: instant("disabled_at"),
    sealedSecret: text("sealed_secret").notNull(),
    /** The secret before the last rotation, which signs beside the new one until its end. */
    sealedPrevious: text("sealed_previous"),
    previousEndsAt: instant("previous_ends_at"),
    /** The first failure since the last success. */
    failingSince: instant("failing_since"),
    /** Since when the replays are counted, for an hour: of single deliveries, and of those that failed. */
    replaysSince: instant("replays_since"),
    replays: smallint("replays").notNull().default(0),
    failedReplays: smallint("failed_replays").notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    index("webhook_endpoint_org").on(table.orgId, table.id),
    uniqueIndex("webhook_endpoint_url_once").on(table.orgId, table.url),
    // Whose secret before the last rotation is to be forgotten.
    index("webhook_endpoint_overlapping")
      .on(table.previousEndsAt)
      .where(sql`previous_ends_at is not null`),
    check("webhook_endpoint_id_form", sql`id ~ '^whe_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("webhook_endpoint_url_form", sql`url ~ '^https?://' and char_length(url) <= 2048`),
    check("webhook_endpoint_description_length", sql`char_length(description) between 1 and 200`),
    check("webhook_endpoint_events_some", sql`cardinality(events) between 1 and 64`),
    check("webhook_endpoint_status_known", sql`status in ('enabled', 'disabled', 'auto_disabled')`),
    check("webhook_endpoint_reason_known", sql`disabled_reason in ('gone', 'failing')`),
    check("webhook_endpoint_reason_ours", sql`(status = 'auto_disabled') = (disabled_reason is not null)`),
    check("webhook_endpoint_disabled_since", sql`(status = 'enabled') = (disabled_at is null)`),
    check("webhook_endpoint_previous_ends", sql`(sealed_previous is null) = (previous_ends_at is null)`),
    check(
      "webhook_endpoint_sealed_length",
      sql`char_length(sealed_secret) <= 512 and char_length(sealed_previous) <= 512`,
    ),
  ],
);

/** Something that happened, as endpoints are told of it. Written by trigger, in the transaction that made it happen. */
export const webhookEvent = pgTable(
  "webhook_event",
  {
    /** The `webhook-id` of every try. */
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    type: text("type").notNull(),
    /** Amounts as integer text of nano-USD (`…_nano`); src/notify writes it as it is sent. */
    payload: jsonb("payload").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    index("webhook_event_org").on(table.orgId, table.createdAt),
    index("webhook_event_created").on(table.createdAt),
    check("webhook_event_id_form", sql`id ~ '^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("webhook_event_type_form", sql`type ~ '^[a-z_]+([.][a-z_]+)+$' and char_length(type) <= 64`),
    check("webhook_event_payload_object", sql`jsonb_typeof(payload) = 'object'`),
  ],
);

/** One event on its way to one endpoint. What the endpoint answers is kept as its status alone. */
export const webhookDelivery = pgTable(
  "webhook_delivery",
  {
    id: text("id").primaryKey(),
    orgId: text("org_id")
      .notNull()
      .references(() => organization.id),
    endpointId: text("endpoint_id")
      .notNull()
      .references(() => webhookEndpoint.id, { onDelete: "cascade" }),
    eventId: text("event_id")
      .notNull()
      .references(() => webhookEvent.id, { onDelete: "cascade" }),
    status: text("status", { enum: ["pending", "delivered", "failed"] })
      .notNull()
      .default("pending"),
    /** Since it was written, or since it was last replayed. Counted before the try is made. */
    attempts: smallint("attempts").notNull().default(0),
    /** Grows with every claim and every replay, and never begins again: names the one that a try belongs to. */
    claims: integer("claims").notNull().default(0),
    /** While somebody tries: when another may take it over. Null once nothing is tried any more. */
    nextAttemptAt: instant("next_attempt_at").defaultNow(),
    lastAttemptAt: instant("last_attempt_at"),
    /** The HTTP status of the last answer; null where there was none. */
    lastStatus: smallint("last_status"),
    lastErrorCode: text("last_error_code"),
    lastDurationMs: integer("last_duration_ms"),
    deliveredAt: instant("delivered_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("webhook_delivery_once").on(table.endpointId, table.eventId),
    index("webhook_delivery_endpoint").on(table.endpointId, table.id),
    // Who has something due, over all organizations; and what is due for one endpoint.
    index("webhook_delivery_waiting")
      .on(table.nextAttemptAt)
      .where(sql`status = 'pending'`),
    index("webhook_delivery_due")
      .on(table.endpointId, table.nextAttemptAt)
      .where(sql`status = 'pending'`),
    check("webhook_delivery_id_form", sql`id ~ '^whd_[0-7][0-9a-hjkmnp-tv-z]{25}$'`),
    check("webhook_delivery_status_known", sql`status in ('pending', 'delivered', 'failed')`),
    check("webhook_delivery_waits_while_pending", sql`(status = 'pending') = (next_attempt_at is not null)`),
    check("webhook_delivery_attempts_few", sql`attempts between 0 and 20`),
    check(
      "webhook_delivery_error_form",
      sql`last_error_code ~ '^[a-z]+(_[a-z]+)*$' and char_length(last_error_code) <= 64`,
    ),
  ],
);
